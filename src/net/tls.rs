//! Certificates: the system's authorities, and those of a file that a flag names. They are always verified.

use crate::error::{Error, Result};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// Whom certificates are believed from.
#[derive(Debug, Clone)]
pub struct Authorities {
    certificates: Vec<CertificateDer<'static>>,
}

impl Authorities {
    /// The system's, and those in the PEM text of a file of that name.
    ///
    /// # Errors
    /// When there are none, or the file holds none.
    pub fn new(own: Option<(&str, &[u8])>) -> Result<Self> {
        let mut certificates = rustls_native_certs::load_native_certs().certs;
        if let Some((file, pem)) = own {
            let read: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
            let read = read.ok().filter(|list| !list.is_empty()).ok_or_else(|| {
                Error::input("the file holds no certificate")
                    .in_file(file)
                    .hint("give a PEM file: -----BEGIN CERTIFICATE-----")
            })?;
            certificates.extend(read);
        }
        if certificates.is_empty() {
            return Err(Error::machine("this machine has no list of certificate authorities")
                .hint("install the package ca-certificates, or give your server's own with --ca FILE"));
        }
        Ok(Self { certificates })
    }

    /// The certificates.
    pub(super) fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }

    /// The settings of a connection.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.certificates.iter().cloned());
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::machine(format!("TLS can't be used: {e}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}

/// The cryptography of all connections.
pub(super) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
