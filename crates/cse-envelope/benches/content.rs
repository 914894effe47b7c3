//! Content ciphers against one-shot AES-GCM, by chunk size. Compare ratios within one run, not figures between machines.
#![allow(missing_docs, reason = "criterion's macros generate undocumented items")]
#![allow(clippy::unwrap_used, reason = "a benchmark may stop")]

use core::hint::black_box;

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use cse_envelope::{
    AesWrap, AlgorithmSuite, AnyRng, ByteRange, ContentKey, ContentRange, DataKey, Encryptor, GeneratedDataKey,
    KeyPart, KeyPlacement, MaterialDescription, ReadPolicy, WriteFormat, danger, open, parse, seal,
};

const OBJECT_LEN: usize = 4 << 20;

/// An object's encryptor, and its content key as a reader gets it.
fn object() -> (Encryptor, ContentKey) {
    let key_part = KeyPart::aes(AlgorithmSuite::GcmCommitKey, AesWrap::Gcm, vec![1; 60], MaterialDescription::new());
    let generated = GeneratedDataKey::new(WriteFormat::V3, DataKey::from_slice(&[7; 32]).unwrap(), key_part);
    let (envelope, encryptor) = seal(generated, None, &mut AnyRng(getrandom::SysRng)).unwrap();
    let metadata = envelope.stored_form(KeyPlacement::ObjectMetadata).metadata;
    let admitted = parse(metadata).unwrap().admit(&ReadPolicy::default()).unwrap();
    (encryptor, open(&admitted, DataKey::from_slice(&[7; 32]).unwrap()).unwrap())
}

fn whole(c: &mut Criterion) {
    let mut group = c.benchmark_group("4 MiB");
    group.throughput(Throughput::Bytes(OBJECT_LEN as u64)).sample_size(20);
    let mut data = vec![0; OBJECT_LEN];
    let one_shot = Aes256Gcm::new(&[7; 32].into());
    group.bench_function("one-shot aes-gcm", |b| {
        b.iter(|| one_shot.encrypt_inout_detached(&[1; 12].into(), b"", data.as_mut_slice().into()).unwrap());
    });
    for chunk in [1, 16, 1000, 4096, 65_536, 65_537, 1 << 20] {
        group.bench_with_input(BenchmarkId::new("encrypt, chunks of", chunk), &chunk, |b, &chunk| {
            let mut buffer = vec![0; chunk];
            b.iter(|| {
                let (mut encryptor, _) = object();
                for _ in 0..OBJECT_LEN / chunk {
                    buffer = encryptor.update(core::mem::take(&mut buffer)).unwrap();
                }
                encryptor.finish().unwrap()
            });
        });
    }
    for (name, len) in [("known", Some(OBJECT_LEN as u64 + 16)), ("unknown", None)] {
        group.bench_function(BenchmarkId::new("decrypt, 64 KiB chunks, length", name), |b| {
            let (_, key) = object();
            let mut buffer = vec![0; 65_536];
            b.iter(|| {
                let mut decryptor = key.decryptor(len).unwrap();
                for _ in 0..OBJECT_LEN / 65_536 {
                    buffer.resize(65_536, 0);
                    buffer = danger::accept_unauthenticated(decryptor.update(core::mem::take(&mut buffer)).unwrap());
                }
                black_box(&buffer);
            });
        });
    }
}

fn small(c: &mut Criterion) {
    c.bench_function("seal and encrypt 1 KiB, V3", |b| {
        b.iter(|| object().0.encrypt(vec![0; 1024]).unwrap());
    });
    c.bench_function("4 KiB range, content key at hand", |b| {
        let (_, key) = object();
        let wanted = ByteRange::from_bounds(40_960..45_056).unwrap();
        let served = ContentRange::new(40_960, 45_055, Some(OBJECT_LEN as u64 + 16)).unwrap();
        let mut buffer = vec![0; 4096];
        b.iter(|| {
            let mut decryptor = key.range_decryptor(wanted, served).unwrap();
            buffer = danger::accept_unauthenticated(decryptor.update(core::mem::take(&mut buffer)).unwrap());
            decryptor.finish().unwrap()
        });
    });
}

criterion_group!(benches, whole, small);
criterion_main!(benches);
