//! What all builders of this crate have: the SDK's setters, and ways to everything else of the SDK.

use std::fmt;

use aws_sdk_s3::client::customize::CustomizableOperation;

type Change<O, E, B> = dyn FnOnce(CustomizableOperation<O, E, B>) -> CustomizableOperation<O, E, B> + Send + Sync;

/// What the caller does to the operation, besides its fields.
pub(crate) struct Customization<O, E, B>(Option<Box<Change<O, E, B>>>);

impl<O: 'static, E: 'static, B: 'static> Customization<O, E, B> {
    /// This, and then that.
    pub(crate) fn and(
        self,
        change: impl FnOnce(CustomizableOperation<O, E, B>) -> CustomizableOperation<O, E, B> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(match self.0 {
            Some(before) => Box::new(|operation| change(before(operation))),
            None => Box::new(change),
        }))
    }

    pub(crate) fn apply(self, operation: CustomizableOperation<O, E, B>) -> CustomizableOperation<O, E, B> {
        match self.0 {
            Some(change) => change(operation),
            None => operation,
        }
    }
}

impl<O, E, B> Default for Customization<O, E, B> {
    fn default() -> Self {
        Self(None)
    }
}

impl<O, E, B> fmt::Debug for Customization<O, E, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Customization").field(&self.0.is_some()).finish()
    }
}

/// Setters that do what the SDK's of the same name do.
macro_rules! delegate {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        $(
            #[doc = concat!("As the SDK's `", stringify!($name), "`.")]
            pub fn $name(mut self, $($argument: $type),*) -> Self {
                self.inner = self.inner.$name($($argument),*);
                self
            }
        )*
    };
}

/// The ways to everything else.
macro_rules! open_builder {
    ($builder:ident, $output:ident, $error:ident) => {
        /// Any other setter of the SDK's builder. Fields that would contradict the encryption are refused when it is sent.
        pub fn with(mut self, change: impl FnOnce($builder) -> $builder) -> Self {
            self.inner = change(self.inner);
            self
        }

        /// Customizes this operation, as the SDK's `customize` does: interceptors, `mutate_request`, `config_override` and so on.
        ///
        /// The caller's interceptors see the plaintext's input before it is encrypted, and the stored bytes afterwards.
        pub fn customize(
            mut self,
            change: impl FnOnce(
                aws_sdk_s3::client::customize::CustomizableOperation<$output, $error, $builder>,
            ) -> aws_sdk_s3::client::customize::CustomizableOperation<$output, $error, $builder>
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.customization = self.customization.and(change);
            self
        }
    };
}

pub(crate) use {delegate, open_builder};
