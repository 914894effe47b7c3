//! Checksums of bodies as they arrive, and those of multipart objects from the ones of their parts.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use crc_fast::{CrcAlgorithm, checksum_combine};
use s3s::{
    checksum::ChecksumHasher,
    crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256},
};

use super::record::Checksums;

/// An algorithm of `x-amz-checksum-…`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// As in `x-amz-checksum-algorithm`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// As in a header's name: `x-amz-checksum-crc32`.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// Whether the checksum of a whole follows from those of its parts.
    pub(crate) fn is_linear(self) -> bool {
        matches!(self, Self::Crc32 | Self::Crc32c | Self::Crc64Nvme)
    }
}

impl Checksums {
    pub(crate) fn get(&self, algorithm: Algorithm) -> Option<&str> {
        match algorithm {
            Algorithm::Crc32 => self.crc32.as_deref(),
            Algorithm::Crc32c => self.crc32c.as_deref(),
            Algorithm::Crc64Nvme => self.crc64nvme.as_deref(),
            Algorithm::Sha1 => self.sha1.as_deref(),
            Algorithm::Sha256 => self.sha256.as_deref(),
        }
    }

    pub(crate) fn set(&mut self, algorithm: Algorithm, value: String) {
        let slot = match algorithm {
            Algorithm::Crc32 => &mut self.crc32,
            Algorithm::Crc32c => &mut self.crc32c,
            Algorithm::Crc64Nvme => &mut self.crc64nvme,
            Algorithm::Sha1 => &mut self.sha1,
            Algorithm::Sha256 => &mut self.sha256,
        };
        *slot = Some(value);
    }

    pub(crate) fn algorithms(&self) -> impl Iterator<Item = Algorithm> + '_ {
        Algorithm::ALL.into_iter().filter(|algorithm| self.get(*algorithm).is_some())
    }

    /// Whether every checksum in `wanted` is the one here.
    pub(crate) fn agree_with(&self, wanted: &Self) -> bool {
        wanted.algorithms().all(|algorithm| self.get(algorithm) == wanted.get(algorithm))
    }
}

/// Several checksums in one pass.
#[derive(Default)]
pub(crate) struct Hashers(ChecksumHasher);

impl Hashers {
    /// Those asked for, or CRC64NVME as S3 does without being asked.
    pub(crate) fn new(algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let mut hasher = ChecksumHasher::default();
        let mut none = true;
        for algorithm in algorithms {
            none = false;
            match algorithm {
                Algorithm::Crc32 => hasher.crc32 = Some(Crc32::new()),
                Algorithm::Crc32c => hasher.crc32c = Some(Crc32c::new()),
                Algorithm::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
                Algorithm::Sha1 => hasher.sha1 = Some(Sha1::new()),
                Algorithm::Sha256 => hasher.sha256 = Some(Sha256::new()),
            }
        }
        if none {
            hasher.crc64nvme = Some(Crc64Nvme::new());
        }
        Self(hasher)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Checksums {
        let sums = self.0.finalize();
        Checksums {
            crc32: sums.checksum_crc32,
            crc32c: sums.checksum_crc32c,
            crc64nvme: sums.checksum_crc64nvme,
            sha1: sums.checksum_sha1,
            sha256: sums.checksum_sha256,
            composite: false,
        }
    }
}

/// What is known of a part.
pub(crate) struct PartSum<'a> {
    pub(crate) checksums: &'a Checksums,
    pub(crate) len: u64,
}

/// The checksum of a multipart object; `None` if a part lacks the algorithm's.
pub(crate) fn of_parts(algorithm: Algorithm, composite: bool, parts: &[PartSum<'_>]) -> Option<Checksums> {
    let sums: Option<Vec<(Vec<u8>, u64)>> = parts.iter().map(|part| decoded(part, algorithm)).collect();
    let sums = sums?;
    let mut checksums = Checksums { composite, ..Checksums::default() };
    let value = if composite {
        let joined: Vec<u8> = sums.iter().flat_map(|(sum, _)| sum.iter().copied()).collect();
        format!("{}-{}", digest(algorithm, &joined), parts.len())
    } else {
        whole(algorithm, &sums)?
    };
    checksums.set(algorithm, value);
    Some(checksums)
}

fn decoded(part: &PartSum<'_>, algorithm: Algorithm) -> Option<(Vec<u8>, u64)> {
    let sum = BASE64_STANDARD.decode(part.checksums.get(algorithm)?).ok()?;
    Some((sum, part.len))
}

fn digest(algorithm: Algorithm, bytes: &[u8]) -> String {
    let mut hashers = Hashers::new([algorithm]);
    hashers.update(bytes);
    hashers.finish().get(algorithm).unwrap_or_default().to_owned()
}

/// The CRC of a whole from those of its parts.
fn whole(algorithm: Algorithm, sums: &[(Vec<u8>, u64)]) -> Option<String> {
    let (crc, width) = match algorithm {
        Algorithm::Crc32 => (CrcAlgorithm::Crc32IsoHdlc, 4),
        Algorithm::Crc32c => (CrcAlgorithm::Crc32Iscsi, 4),
        Algorithm::Crc64Nvme => (CrcAlgorithm::Crc64Nvme, 8),
        Algorithm::Sha1 | Algorithm::Sha256 => return None,
    };
    let number = |sum: &[u8]| sum.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let ((first, _), rest) = sums.split_first()?;
    let joined = rest.iter().fold(number(first), |sum, (next, len)| checksum_combine(crc, sum, number(next), *len));
    let bytes = joined.to_be_bytes();
    Some(BASE64_STANDARD.encode(bytes.get(8_usize.checked_sub(width)?..)?))
}

/// The ETag of a multipart object: MD5 of its parts' MD5s, and how many they are.
pub(crate) fn multipart_etag<'a>(etags: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = etags.len();
    let joined: Vec<u8> = etags.flat_map(unhex).collect();
    format!("{}-{count}", super::body::hex(Md5::checksum(&joined).as_ref()))
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().as_chunks::<2>().0;
    digits.iter().filter_map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
