//! An instruction file beside an object that has its key in its metadata: no reader uses it unless it is named.

use serde::Serialize;

use super::inspect::{printable, quote};
use crate::s3::look::Spare;

/// The file, and what is known of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Unused {
    object: String,
    /// Whether it is another object's. Null if nothing tells: a V3 file has nothing of the content it is for.
    foreign: Option<bool>,
}

impl Unused {
    pub(super) fn new(spare: &Spare) -> Self {
        Self { object: spare.location.to_string(), foreign: spare.is_foreign.then_some(true) }
    }

    pub(super) fn text(&self) -> String {
        let (object, rm) = (printable(&self.object), quote(&self.object));
        match self.foreign {
            Some(true) => format!(
                "unused       {object}, an instruction file that does not belong to this object: `cse rm {rm}` removes it"
            ),
            _ => format!(
                "unused       {object}, an instruction file that is left of an earlier object of this name, unless this one's key was \
                 rotated into it: `cse verify` with --instruction-suffix .instruction tells; if it does not open, `cse rm {rm}` removes it"
            ),
        }
    }
}
