#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "this crate has std")]

mod client;
#[cfg(feature = "sigv4")]
mod credentials;
mod encode;
mod endpoint;
mod error;
mod headers;
mod http;
#[cfg(feature = "sigv4")]
mod kms;
mod presigned;
#[cfg(feature = "sigv4")]
mod sign;
mod transport;
mod xml;

pub use client::client_builder;
#[cfg(feature = "sigv4")]
pub use credentials::Credentials;
pub use endpoint::InvalidEndpoint;
pub use http::RetryPolicy;
#[cfg(feature = "sigv4")]
pub use kms::Kms;
pub use presigned::{PreparedPut, UrlTransport, object_response};
pub use transport::ReqwestTransport;
