//! The only module that connects, and only for the flags that say so.

pub mod ask;
pub mod dav;
pub mod dns;
pub mod http;
pub mod imap;
pub mod tls;
pub mod vet;
