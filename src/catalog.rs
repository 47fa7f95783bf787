//! The catalog: what is known about needs, services, providers and operators.

pub mod model;
