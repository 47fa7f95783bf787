//! Words by which a machine's letter about an account is told from the rest, in English and Spanish.

use super::Letter;
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// Beginnings of subjects, or what stands in them, for each kind of letter. Lower case, without accents.
const RECEIPT: [&str; 32] = [
    "receipt",
    "invoice",
    "payment received",
    "payment confirmation",
    "payment was successful",
    "your payment",
    "thank you for your payment",
    "thank you for your order",
    "billing statement",
    "your bill",
    "your statement",
    "subscription renewed",
    "subscription renewal",
    "renewal notice",
    "your subscription",
    "order confirmation",
    "payment failed",
    "payment declined",
    "card was declined",
    "recibo",
    "factura",
    "confirmacion de pago",
    "pago recibido",
    "pago exitoso",
    "su pago",
    "tu pago",
    "comprobante de pago",
    "estado de cuenta",
    "renovacion de tu",
    "renovacion de su",
    "tu suscripcion",
    "su suscripcion",
];
const SIGN_UP: [&str; 29] = [
    "welcome to",
    "verify your email",
    "verify your account",
    "verify your address",
    "confirm your email",
    "confirm your account",
    "confirm your address",
    "activate your account",
    "finish setting up",
    "complete your registration",
    "your new account",
    "account has been created",
    "account was created",
    "your account is ready",
    "get started with",
    "thanks for signing up",
    "thank you for signing up",
    "bienvenido a",
    "bienvenida a",
    "bienvenidos a",
    "te damos la bienvenida",
    "le damos la bienvenida",
    "verifica tu",
    "verifique su",
    "confirma tu",
    "confirme su",
    "activa tu cuenta",
    "tu cuenta esta lista",
    "tu cuenta nueva",
];
const SECURITY: [&str; 43] = [
    "security alert",
    "security notice",
    "new sign-in",
    "new sign in",
    "new login",
    "new device",
    "sign-in attempt",
    "sign in attempt",
    "login attempt",
    "login code",
    "sign-in code",
    "verification code",
    "verify your device",
    "password instructions",
    "confirm it s you",
    "security code",
    "one-time code",
    "confirmation code",
    "password reset",
    "reset your password",
    "password was changed",
    "password has been changed",
    "password changed",
    "two-step verification",
    "two-factor",
    "2-step verification",
    "recovery email",
    "unusual activity",
    "suspicious",
    "alerta de seguridad",
    "aviso de seguridad",
    "nuevo inicio de sesion",
    "inicio de sesion",
    "nuevo dispositivo",
    "codigo de verificacion",
    "codigo de seguridad",
    "codigo de acceso",
    "restablecer",
    "restablece tu",
    "cambio de contrasena",
    "tu contrasena",
    "su contrasena",
    "verificacion en dos pasos",
];
/// Somebody else's account: it was shared with, or the reader was asked to come.
const INVITES: [&str; 16] = [
    "invited you",
    "invites you",
    "has invited",
    "invitation",
    "shared with you",
    "shared a",
    "wants to join",
    "is inviting you",
    "te ha invitado",
    "te invito",
    "te invita",
    "le ha invitado",
    "invitacion",
    "compartio contigo",
    "ha compartido",
    "compartio un",
];
/// Local parts of addresses behind which nobody reads.
const AUTOMATIC: [&str; 34] = [
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "do-not-reply",
    "do_not_reply",
    "no-responder",
    "noresponder",
    "nao-responda",
    "notification",
    "notifications",
    "notificaciones",
    "notify",
    "alerts",
    "alert",
    "billing",
    "receipts",
    "receipt",
    "invoice",
    "invoices",
    "invoicing",
    "payments",
    "facturacion",
    "facturas",
    "pagos",
    "accounts",
    "account",
    "security",
    "seguridad",
    "mailer",
    "mailer-daemon",
    "service",
    "feedback",
    "team",
];

/// Lower case, without the accents of Spanish.
fn plain(text: &str) -> String {
    text.chars()
        .take(400)
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'á' => 'a',
            'é' => 'e',
            'í' => 'i',
            'ó' => 'o',
            'ú' | 'ü' => 'u',
            'ñ' => 'n',
            c => c,
        })
        .collect()
}

/// What of the lists stands in a subject.
#[derive(Debug, Default)]
pub(super) struct Subject {
    /// It is an answer, or a forwarded letter.
    passed_on: bool,
    receipt: bool,
    /// It names a receipt outright.
    names_receipt: bool,
    sign_up: bool,
    security: bool,
    /// It asks the reader to come to somebody else's place.
    pub invites: bool,
}

/// All lists, to be looked for in one pass; that they make an automaton is tested.
static ALL: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(RECEIPT.iter().chain(&SIGN_UP).chain(&SECURITY).chain(&INVITES)).ok());

impl Subject {
    /// Looks at a subject.
    pub(super) fn of(subject: &str) -> Self {
        let subject = plain(subject);
        let passed_on = ["re:", "fw:", "fwd:", "rv:", "aw:"].iter().any(|p| subject.trim_start().starts_with(p));
        let mut said = Self { passed_on, ..Self::default() };
        for hit in ALL.iter().flat_map(|all| all.find_overlapping_iter(&subject)) {
            let mut n = hit.pattern().as_usize();
            for (list, seen) in [
                (&RECEIPT[..], &mut said.receipt),
                (&SIGN_UP[..], &mut said.sign_up),
                (&SECURITY[..], &mut said.security),
                (&INVITES[..], &mut said.invites),
            ] {
                if let Some(word) = list.get(n) {
                    *seen = true;
                    said.names_receipt |= matches!(*word, "receipt" | "invoice" | "recibo" | "factura");
                    break;
                }
                n -= list.len();
            }
        }
        said
    }

    /// What it says of an account, with the local part of the sender's address.
    pub(super) fn account(&self, local: &str) -> Option<Letter> {
        // An answer or a forwarded letter is a person's.
        if self.passed_on {
            None
        } else if self.receipt && (self.names_receipt || is_automatic(local)) {
            Some(Letter::Receipt)
        } else if self.security {
            Some(Letter::Security)
        } else if self.sign_up {
            Some(Letter::SignUp)
        } else {
            None
        }
    }
}

/// Whether nobody reads at an address with this local part.
pub(super) fn is_automatic(local: &str) -> bool {
    let local = local.split('+').next().unwrap_or(local);
    let begins = |w: &str| local.strip_prefix(w).is_some_and(|r| r.is_empty() || r.starts_with(['-', '.']));
    let ends = |w: &str| local.strip_suffix(w).is_some_and(|r| r.ends_with('-'));
    AUTOMATIC.iter().any(|w| begins(w) || ends(w))
        || ["noreply", "no-reply", "donotreply", "no_reply"].iter().any(|w| local.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_lists_is_found() {
        assert!(ALL.is_some());
        for (list, want) in [(&RECEIPT[..], Letter::Receipt), (&SIGN_UP, Letter::SignUp), (&SECURITY, Letter::Security)]
        {
            for word in list {
                let said = Subject::of(&format!("Your {} now", word.to_uppercase()));
                let found = said.account("billing");
                // A word may hold one of another list, which says more.
                assert!(found >= Some(want) || found == Some(Letter::Security), "{word}");
            }
        }
        assert!(INVITES.iter().all(|word| Subject::of(&format!("x {word}")).invites));
    }

    #[test]
    fn what_is_passed_on_is_a_persons_and_a_receipt_may_be_named_outright() {
        assert_eq!(Subject::of(" Re: your invoice").account("billing"), None);
        assert_eq!(Subject::of("Factura 12").account("ana"), Some(Letter::Receipt));
        assert_eq!(Subject::of("Your bill").account("ana"), None);
        assert_eq!(Subject::of("Your bill").account("billing"), Some(Letter::Receipt));
        assert_eq!(Subject::of("Confirmación de pago: nuevo inicio de sesión").account("ana"), Some(Letter::Security));
    }
}
