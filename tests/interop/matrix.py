"""What is written and who reads it: the profiles, the objects made for each of them, and which
reader claims to support which object."""

import re
from dataclasses import dataclass, field

PLAINTEXT_SIZES = (0, 1, 16, 33, 1000, 65537)
FEW_SIZES = (0, 33, 65537)
FEWEST_SIZES = (0, 65537)
LARGE = 17 * 1024 * 1024 + 5
ASCII_PAIRS = {
    "purpose": "interop test",
    "formula": 'a=b "c" \\d',
    "control": "tab\there, delete\x7f",
    "encoded word": "=?UTF-8?Q?=C3=A9?=",
}
NON_ASCII_PAIRS = {"città": "Zürich", "crab": "蟹 🦀"}
PLAIN_PAIRS = {"purpose": "interop test", "formula": 'a=b "c" \\d'}
NO_PAIRS: dict[str, str] = {}

SEAL, PUT, REWRAP = "cse seal", "cse put", "cse rewrap"
HTTP = " --http"
PUT_HTTP, REWRAP_HTTP = PUT + HTTP, REWRAP + HTTP
CSE, CSE_HTTP = "cse", "cse" + HTTP
AIOBOTO3, S3EC_PYTHON, JAVA, JAVA_REWRAP = "aioboto3", "s3ec-python", "java", "java rewrap"
PUTS, REWRAPS = [PUT, PUT_HTTP], [REWRAP, REWRAP_HTTP]
OURS = (SEAL, *PUTS, *REWRAPS)
MOTO, SANDBOX, RCLONE = "moto", "sandbox", "rclone"
OTHER_SUFFIX = ".partner"
METADATA, INSTRUCTION, SUFFIX = "metadata", "instruction", "suffix"
SUFFIXES = {METADATA: None, INSTRUCTION: ".instruction", SUFFIX: OTHER_SUFFIX}


@dataclass(frozen=True)
class Profile:
    """One way to write an object: stored format, kind of wrapping key, where the key part is stored, who
    writes it, and to which endpoint."""

    format: str
    wrapping_key: str
    storage: str
    writer: str
    endpoint: str

    @property
    def name(self) -> str:
        kind = self.format if self.format.endswith(("gcm", "cbc")) else f"{self.format} {self.wrapping_key}"
        return f"{self.writer}: {kind} {self.storage}"

    @property
    def is_kms(self) -> bool:
        return self.wrapping_key == "kms"

    @property
    def is_legacy(self) -> bool:
        return self.format not in ("v3", "v2")

    @property
    def is_http(self) -> bool:
        """Whether we write it without the AWS SDK."""
        return self.writer.endswith(HTTP)

    @property
    def has_fewest(self) -> bool:
        """Whether few objects are enough, because another profile has more of the same kind: by the SDK, or in
        a store that is not awkward."""
        return self.is_http or self.endpoint == RCLONE

    @property
    def suffix(self) -> str | None:
        """The suffix of the instruction file, if the key part is in one."""
        return SUFFIXES[self.storage]

    def encryption_context(self, pairs: dict[str, str], kms_key_arn: str) -> dict[str, str]:
        """The encryption context that the key service is asked with for the caller's own pairs."""
        if self.is_legacy:
            return {"kms_cmk_id": kms_key_arn} | pairs
        return pairs | {"aws:x-amz-cek-alg": "115" if self.format == "v3" else "AES/GCM/NoPadding"}


@dataclass(frozen=True)
class Case:
    """One object: profile, plaintext size, pairs (encryption context or material description), and whether
    its writer is to take the plaintext as a stream of unknown length."""

    id: str
    profile: Profile
    size: int
    pairs: dict[str, str] = field(hash=False)
    is_stream: bool = False

    @property
    def is_ascii(self) -> bool:
        return all((key + value).isascii() for key, value in self.pairs.items())


# Stored formats with kinds of wrapping keys.
Kinds = list[tuple[str, str]]
V3: Kinds = [("v3", "aes256"), ("v3", "rsa2048"), ("v3", "kms")]
V2: Kinds = [("v2", "aes256"), ("v2", "rsa2048"), ("v2", "kms")]
KMS: Kinds = [("v3", "kms"), ("v2", "kms")]
KMS_OLD: Kinds = [("v2-kms-gcm", "kms"), ("v2-kms-cbc", "kms")]
OLD: Kinds = [("v1", "aes256"), ("v1", "rsa2048"), *KMS_OLD]


def grid(kinds: Kinds, storages: list[str], writers: list[str], endpoint: str) -> list[Profile]:
    """Every writer with every kind of format and wrapping key and every place for the key part."""
    return [
        Profile(*kind, storage, writer, endpoint)
        for writer in writers
        for kind in kinds
        for storage in storages
    ]


def sealed_profiles() -> list[Profile]:
    """What `cse seal` writes."""
    keys = ("aes128", "aes192", "aes256", "rsa2048", "rsa4096", "kms")
    kinds = [(form, key) for form in ("v3", "v2") for key in keys]
    kinds += [("v1", key) for key in ("aes128", "aes256", "rsa2048")]
    return grid(kinds + KMS_OLD, [METADATA, INSTRUCTION], [SEAL], MOTO)


def moto_profiles() -> list[Profile]:
    """What the Python clients write to moto, and what we write there for them."""
    return [
        *grid(OLD, [METADATA], [*PUTS, AIOBOTO3], MOTO),
        *grid(KMS, [METADATA, INSTRUCTION], PUTS, MOTO),
        *grid(KMS, [INSTRUCTION], REWRAPS, MOTO),
        *grid(KMS, [METADATA], [S3EC_PYTHON], MOTO),
    ]


def sandbox_profiles() -> list[Profile]:
    """What Java writes to the sandbox, and what we write there for it; without the SDK V3 alone, because the
    way to the store is the same for both formats."""
    return [
        *grid(V3 + V2, [METADATA, INSTRUCTION], [PUT, JAVA], SANDBOX),
        *grid(V3, [METADATA, INSTRUCTION], [PUT_HTTP], SANDBOX),
        *grid(V3 + V2, [INSTRUCTION, SUFFIX], [REWRAP], SANDBOX),
        *grid(V3, [INSTRUCTION, SUFFIX], [REWRAP_HTTP], SANDBOX),
        # Java rewraps for its own raw keys only, and for another suffix only to RSA keys.
        *grid([("v3", "aes256"), ("v2", "aes256")], [INSTRUCTION], [JAVA_REWRAP], SANDBOX),
        *grid([("v3", "rsa2048"), ("v2", "rsa2048")], [SUFFIX], [JAVA_REWRAP], SANDBOX),
    ]


def rclone_profiles() -> list[Profile]:
    """What we and the Python clients write to rclone."""
    return [
        *grid(V3 + V2, [METADATA, INSTRUCTION], PUTS, RCLONE),
        *grid(OLD, [METADATA], [*PUTS, AIOBOTO3], RCLONE),
        *grid(KMS, [INSTRUCTION], REWRAPS, RCLONE),
        *grid(KMS, [METADATA], [S3EC_PYTHON], RCLONE),
    ]


def profiles() -> list[Profile]:
    """All profiles, in the order of the table."""
    return sealed_profiles() + moto_profiles() + sandbox_profiles() + rclone_profiles()


def sizes(profile: Profile, position: int) -> tuple[int, ...]:
    """Every size for the most used profiles, and for the other sealed ones two that change from profile to
    profile."""
    if profile.writer != SEAL:
        return FEWEST_SIZES if profile.has_fewest else FEW_SIZES
    most_used = not profile.is_legacy and profile.storage == METADATA
    if most_used and profile.wrapping_key in ("aes256", "rsa2048", "kms"):
        return PLAINTEXT_SIZES
    count = len(PLAINTEXT_SIZES)
    return PLAINTEXT_SIZES[position % count], PLAINTEXT_SIZES[(position + count // 2) % count]


def with_pairs(profile: Profile, prefix: str) -> list[Case]:
    """Objects with an encryption context or a material description, from those who take one. It is stored in
    ASCII in any case, so rclone would tell nothing about it."""
    if profile.endpoint == RCLONE:
        return []
    if profile.writer in (S3EC_PYTHON, JAVA) and profile.is_kms:
        return [Case(f"{prefix}-pairs", profile, 33, PLAIN_PAIRS)]
    takes_pairs = profile.writer == SEAL or (profile.writer in PUTS and not profile.is_legacy)
    if not takes_pairs or profile.wrapping_key not in ("aes256", "kms"):
        return []
    return [
        Case(f"{prefix}-ascii-pairs", profile, 33, ASCII_PAIRS),
        Case(f"{prefix}-non-ascii-pairs", profile, 33, NON_ASCII_PAIRS),
    ]


def streams(profile: Profile, prefix: str) -> list[Case]:
    """Plaintexts of unknown length that are not long."""
    if profile.writer not in PUTS or profile.is_legacy:
        return []
    lengths = (0,) if profile.has_fewest else (0, 1000)
    return [Case(f"{prefix}-stream-{size}", profile, size, NO_PAIRS, is_stream=True) for size in lengths]


def in_parts(profile: Profile, prefix: str) -> list[Case]:
    """Objects that are uploaded in parts."""
    if profile.writer not in (*PUTS, S3EC_PYTHON, JAVA) or not profile.is_kms or profile.is_legacy:
        return []
    # The AWS SDK for Rust refuses rclone's answer to CreateMultipartUpload, whose XML has another root than
    # S3's: `InitiateMultipartUpload` without `Result`.
    if profile.writer == PUT and profile.endpoint == RCLONE:
        return []
    file = Case(f"{prefix}-parts", profile, LARGE, NO_PAIRS)
    stream = Case(f"{prefix}-stream-parts", profile, LARGE, NO_PAIRS, is_stream=True)
    if profile.writer not in PUTS:
        return [file]
    if profile.has_fewest:
        return [stream if profile.suffix else file]
    return [file, stream]


def cases(writers: set[str]) -> list[Case]:
    """All objects of a run with these writers."""
    found = []
    for position, profile in enumerate(profiles()):
        if profile.writer not in writers:
            continue
        prefix = "-".join(re.findall("[a-z0-9]+", f"{profile.endpoint} {profile.name}"))
        found += [Case(f"{prefix}-{size}", profile, size, NO_PAIRS) for size in sizes(profile, position)]
        found += with_pairs(profile, prefix) + streams(profile, prefix) + in_parts(profile, prefix)
    return found


def independent_reads(case: Case) -> bool:
    """Files: what `cse seal` wrote."""
    return case.profile.writer == SEAL


def aioboto3_reads(case: Case) -> bool:
    """V1, and everything of V2 that was wrapped by the key service; no instruction files."""
    profile = case.profile
    return (
        profile.writer in OURS
        and profile.endpoint in (MOTO, RCLONE)
        and profile.storage == METADATA
        and (profile.format == "v1" or (profile.is_kms and profile.format != "v3"))
    )


def s3ec_python_reads(case: Case) -> bool:
    """The key service only. It takes an encryption context from its caller, in ASCII only, except
    for the legacy formats, where it uses the stored one as it is. From rclone it reads only what has nothing
    of the key part in metadata, V2 instruction files: it looks names up in lower case, and does not find them
    in rclone's canonical case."""
    profile = case.profile
    if profile.writer not in OURS or profile.endpoint == SANDBOX:
        return False
    if profile.endpoint == RCLONE and (profile.format, profile.storage) != ("v2", INSTRUCTION):
        return False
    return profile.is_kms and (case.is_ascii or profile.is_legacy)


def java_reads(case: Case) -> bool:
    """Everything of ours that lies where it can also write, and all that was sealed."""
    return case.profile.writer == SEAL or (case.profile.writer in OURS and case.profile.endpoint == SANDBOX)


def cse_reads(_case: Case) -> bool:
    """Everything, whoever wrote it."""
    return True


READERS = {
    "independent": independent_reads,
    AIOBOTO3: aioboto3_reads,
    S3EC_PYTHON: s3ec_python_reads,
    JAVA: java_reads,
    CSE: cse_reads,
    CSE_HTTP: cse_reads,
}


def writers(readers: list[str]) -> set[str]:
    """Who writes in a run with these readers: we, and for us to read those of them that write."""
    others = (AIOBOTO3, S3EC_PYTHON, JAVA, JAVA_REWRAP) if CSE in readers or CSE_HTTP in readers else ()
    return {*OURS, *(writer for writer in others if writer.split()[0] in readers)}
