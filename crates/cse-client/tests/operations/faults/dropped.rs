//! Futures that are dropped, wherever they are: what is read afterwards is the older object or the new one.

use cse_client::{
    ErrorKind,
    memory::{Effect, Fault, Operation},
};
use cse_envelope::KeyPlacement;

use super::world::{Op, Template, old};
use crate::support::{BUCKET, polled};

/// More polls than any operation takes.
const MOST_POLLS: usize = 400;

async fn drop_everywhere(op: Op, placement: KeyPlacement, has_old: bool) {
    let template = Template::new(placement, op).await;
    for polls in 1..=MOST_POLLS {
        let world = template.world(placement, has_old);
        world.store.inject(Fault::new(Effect::Slow { pending: 1 }));
        let is_complete = polled(world.run(op), polls).await.is_some();
        world.store.clear_faults();
        let what = format!("{op:?}, {placement:?}, after {polls} polls");
        let now = world.now().await;
        match now {
            Ok(now) => assert!(now == world.new || (has_old && now == old()), "{what}: {now:?}"),
            // The documented window: the new file is there, and the object is not.
            Err(_) if has_old && placement == KeyPlacement::InstructionFile => {
                let stored = world.store.stored(BUCKET, "key").unwrap();
                assert_eq!(stored.bytes.len(), old().len() + 16, "{what}: the older object is still there");
            }
            Err(error) => assert!(!has_old && error.kind() == ErrorKind::NotFound, "{what}: {error}"),
        }
        let creations = world.store.requests_of(Operation::CreateMultipartUpload);
        let is_known = creations.iter().all(|request| request.answer.is_some());
        assert!(!is_known || world.store.uploads().is_empty(), "{what}: {:?}", world.store.uploads());
        if is_complete {
            assert_eq!(world.now().await.unwrap(), world.new, "{what}");
            return;
        }
    }
    panic!("{op:?} takes more than {MOST_POLLS} polls");
}

#[tokio::test]
async fn writes() {
    for placement in [KeyPlacement::ObjectMetadata, KeyPlacement::InstructionFile] {
        for has_old in [true, false] {
            for op in [Op::Put, Op::PutStreamed, Op::Upload, Op::TransferUp, Op::TransferUnknown, Op::Copy] {
                drop_everywhere(op, placement, has_old).await;
            }
        }
    }
}

#[tokio::test]
async fn rewraps_and_deletes() {
    for op in [Op::Rewrap, Op::Delete, Op::DeleteMany] {
        let template = Template::new(KeyPlacement::InstructionFile, op).await;
        for polls in 1..=MOST_POLLS {
            let world = template.world(KeyPlacement::InstructionFile, true);
            world.store.inject(Fault::new(Effect::Slow { pending: 2 }));
            let is_complete = polled(world.run(op), polls).await.is_some();
            world.store.clear_faults();
            let is_there = world.store.stored(BUCKET, "key").is_some();
            let (with_old, with_new) = (world.now().await, world.now_with_the_new_key().await);
            let opened =
                [&with_old, &with_new].into_iter().filter(|now| now.as_ref().is_ok_and(|it| *it == old())).count();
            assert_eq!(opened, usize::from(is_there), "{op:?}, after {polls} polls: {with_old:?}");
            if is_complete {
                assert_eq!((is_there, with_new.is_ok()), (op == Op::Rewrap, op == Op::Rewrap));
                break;
            }
            assert!(polls < MOST_POLLS);
        }
    }
}
