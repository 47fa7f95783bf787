//! The only module that connects, and only for the flags that say so.

pub mod ask;
pub mod dns;
