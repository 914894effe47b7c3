"""What is written and who reads it: the writer profiles, the objects made for each of them, and
which reader claims to support which object."""

from dataclasses import dataclass, field

PLAINTEXT_SIZES = (0, 1, 16, 33, 1000, 65537)
ASCII_PAIRS = {
    "purpose": "interop test",
    "formula": 'a=b "c" \\d',
    "control": "tab\there, delete\x7f",
    "encoded word": "=?UTF-8?Q?=C3=A9?=",
}
NON_ASCII_PAIRS = {"città": "Zürich", "crab": "蟹 🦀"}
NO_PAIRS: dict[str, str] = {}


@dataclass(frozen=True)
class Profile:
    """One way to write an object: stored format, kind of wrapping key, and where the key part is stored."""

    format: str
    wrapping_key: str
    storage: str

    @property
    def name(self) -> str:
        kind = self.format if self.format.endswith(("gcm", "cbc")) else f"{self.format} {self.wrapping_key}"
        return f"{kind} {self.storage}"

    @property
    def is_kms(self) -> bool:
        return self.wrapping_key == "kms"

    @property
    def is_legacy(self) -> bool:
        return self.format not in ("v3", "v2")

    def encryption_context(self, pairs: dict[str, str], kms_key_arn: str) -> dict[str, str]:
        """The encryption context that the key service is asked with for the caller's own pairs."""
        if self.is_legacy:
            return {"kms_cmk_id": kms_key_arn} | pairs
        return pairs | {"aws:x-amz-cek-alg": "115" if self.format == "v3" else "AES/GCM/NoPadding"}


@dataclass(frozen=True)
class Case:
    """One object: profile, plaintext size, and pairs (encryption context or material description)."""

    id: str
    profile: Profile
    size: int
    pairs: dict[str, str] = field(hash=False)

    @property
    def is_ascii(self) -> bool:
        return all((key + value).isascii() for key, value in self.pairs.items())


def profiles() -> list[Profile]:
    """All writer profiles, in the order of the table."""
    kinds = [
        (form, key)
        for form in ("v3", "v2")
        for key in ("aes128", "aes192", "aes256", "rsa2048", "rsa4096", "kms")
    ]
    kinds += [("v1", key) for key in ("aes128", "aes256", "rsa2048")]
    kinds += [("v2-kms-gcm", "kms"), ("v2-kms-cbc", "kms")]
    return [Profile(form, key, storage) for form, key in kinds for storage in ("metadata", "instruction")]


def sizes(profile: Profile, position: int) -> tuple[int, ...]:
    """Every size for the most used profiles, and for the others two that change from profile to profile."""
    most_used = not profile.is_legacy and profile.storage == "metadata"
    if most_used and profile.wrapping_key in ("aes256", "rsa2048", "kms"):
        return PLAINTEXT_SIZES
    count = len(PLAINTEXT_SIZES)
    return PLAINTEXT_SIZES[position % count], PLAINTEXT_SIZES[(position + count // 2) % count]


def cases() -> list[Case]:
    """All objects of a run."""
    found = []
    for position, profile in enumerate(profiles()):
        prefix = profile.name.replace(" ", "-")
        found += [Case(f"{prefix}-{size}", profile, size, NO_PAIRS) for size in sizes(profile, position)]
        if profile.wrapping_key in ("aes256", "kms"):
            found.append(Case(f"{prefix}-ascii-pairs", profile, 33, ASCII_PAIRS))
            found.append(Case(f"{prefix}-non-ascii-pairs", profile, 33, NON_ASCII_PAIRS))
    return found


def aioboto3_reads(case: Case) -> bool:
    """V1, and everything of V2 that was wrapped by the key service; no instruction files."""
    profile = case.profile
    return profile.storage == "metadata" and (
        profile.format == "v1" or (profile.is_kms and profile.format != "v3")
    )


def s3ec_python_reads(case: Case) -> bool:
    """The key service only. It takes an encryption context from its caller, in ASCII only, except
    for the legacy formats, where it uses the stored one as it is."""
    return case.profile.is_kms and (case.is_ascii or case.profile.is_legacy)


def reads_everything(_case: Case) -> bool:
    """No object is left out."""
    return True


READERS = {
    "independent": reads_everything,
    "aioboto3": aioboto3_reads,
    "s3ec-python": s3ec_python_reads,
    "java": reads_everything,
}
