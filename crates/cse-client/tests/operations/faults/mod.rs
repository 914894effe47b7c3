//! Every fault on every operation: the right bytes or an error, never both, and nothing left behind that does not match.

mod dropped;
mod effects;
mod outcome;
mod world;

use cse_client::memory::{Effect, Fault, Operation};
use cse_client::transport::TransportErrorKind;
use cse_envelope::KeyPlacement;

use self::{
    effects::{Struck, all},
    outcome::check,
    world::{Op, Template},
};

/// No operation here takes more requests than this, and a fault is tried on each of them.
const MOST_REQUESTS: u64 = 40;

/// What goes wrong in one run.
#[derive(Clone, Debug)]
struct Case {
    op: Op,
    placement: KeyPlacement,
    /// Whether there is an older object under the key that is written.
    has_old: bool,
    struck: Struck,
    /// Which request is struck, of those that can be; with `lasting`, all from there on.
    nth: u64,
    lasting: bool,
    /// What fails as well, to see what undoing makes of the fault.
    also: Option<Effect>,
}

impl Case {
    /// Runs it; whether the fault struck.
    async fn run(&self, template: &Template) -> bool {
        let world = template.world(self.placement, self.has_old);
        let faults: Vec<_> = self
            .struck
            .effects
            .iter()
            .map(|effect| {
                let fault = Fault::new(effect.clone());
                world.store.inject(if self.lasting { fault.after(self.nth - 1) } else { fault.nth(self.nth) })
            })
            .collect();
        if let Some(also) = &self.also {
            for operation in [Operation::PutObject, Operation::CompleteMultipartUpload, Operation::CopyObject] {
                world.store.inject(Fault::new(also.clone()).on(operation).key("key").nth(1));
            }
        }
        let outcome = world.run(self.op).await;
        world.store.clear_faults();
        let is_struck = faults.iter().any(|fault| world.store.strikes(*fault) > 0);
        check(self, &world, outcome).await;
        is_struck
    }
}

/// All faults on each request of these operations, one after the other.
async fn matrix(ops: &[Op]) {
    for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
        for &op in ops {
            let template = Template::new(placement, op).await;
            for has_old in if op.writes() { &[true, false][..] } else { &[true] } {
                for struck in all() {
                    strike(
                        &template,
                        &Case { op, placement, has_old: *has_old, struck, nth: 0, lasting: false, also: None },
                    )
                    .await;
                }
                for kind in [TransportErrorKind::Unavailable, TransportErrorKind::AccessDenied] {
                    let struck = Struck::new(Effect::Refuse(kind));
                    strike(
                        &template,
                        &Case { op, placement, has_old: *has_old, struck, nth: 0, lasting: true, also: None },
                    )
                    .await;
                }
            }
        }
    }
}

/// A fault on each request, until it is one more than there are.
async fn strike(template: &Template, case: &Case) {
    for nth in 1..=MOST_REQUESTS {
        if !(Case { nth, ..case.clone() }).run(template).await {
            return;
        }
    }
    panic!("more requests than expected: {case:?}");
}

/// Writes whose object fails in any case, so that every fault meets the undoing too.
async fn undoing(ops: &[Op]) {
    let placement = KeyPlacement::InstructionFile;
    for &op in ops {
        let template = Template::new(placement, op).await;
        for has_old in [true, false] {
            for also in [
                Effect::Refuse(TransportErrorKind::AccessDenied),
                Effect::Refuse(TransportErrorKind::Unavailable),
                Effect::LoseAnswer(TransportErrorKind::Unavailable),
                Effect::LoseAnswer(TransportErrorKind::PreconditionFailed),
            ] {
                for struck in all().into_iter().filter(|struck| !struck.is_silent && !struck.is_lie()) {
                    let also = Some(also.clone());
                    strike(&template, &Case { op, placement, has_old, struck, nth: 0, lasting: false, also }).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn puts() {
    matrix(&[Op::Put, Op::PutStreamed]).await;
}

#[tokio::test]
async fn uploads() {
    matrix(&[Op::Upload]).await;
}

#[tokio::test]
async fn transfers_up() {
    matrix(&[Op::TransferUp, Op::TransferUnknown]).await;
}

#[tokio::test]
async fn copies() {
    matrix(&[Op::Copy]).await;
}

#[tokio::test]
async fn copies_in_parts() {
    matrix(&[Op::CopyParts]).await;
}

#[tokio::test]
async fn rewraps_and_deletes() {
    matrix(&[Op::Rewrap, Op::Delete, Op::DeleteMany]).await;
}

#[tokio::test]
async fn gets() {
    matrix(&[Op::Get, Op::GetTwice, Op::GetSpooled]).await;
}

#[tokio::test]
async fn unverified_reads() {
    matrix(&[Op::Stream, Op::Range]).await;
}

#[tokio::test]
async fn transfers_down() {
    matrix(&[Op::Download, Op::Spooled]).await;
}

#[tokio::test]
async fn undoing_puts() {
    undoing(&[Op::Put, Op::PutStreamed]).await;
}

#[tokio::test]
async fn undoing_uploads_and_copies() {
    undoing(&[Op::Upload, Op::Copy]).await;
}
