//! cse-aws-sdk
