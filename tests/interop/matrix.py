"""What is written and who reads it: the profiles, the objects made for each of them, and which
reader claims to support which object."""

from dataclasses import dataclass, field

PLAINTEXT_SIZES = (0, 1, 16, 33, 1000, 65537)
FEW_SIZES = (0, 33, 65537)
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
AIOBOTO3, S3EC_PYTHON, JAVA, JAVA_REWRAP = "aioboto3", "s3ec-python", "java", "java rewrap"
OURS = (SEAL, PUT, REWRAP)
MOTO, SANDBOX = "moto", "sandbox"
ENDPOINTS = (MOTO, SANDBOX)
OTHER_SUFFIX = ".partner"
SUFFIXES = {"metadata": None, "instruction": ".instruction", "suffix": OTHER_SUFFIX}


@dataclass(frozen=True)
class Profile:
    """One way to write an object: stored format, kind of wrapping key, where the key part is stored, who
    writes it, and to which endpoint."""

    format: str
    wrapping_key: str
    storage: str
    writer: str = SEAL
    endpoint: str = MOTO

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


def sealed_profiles() -> list[Profile]:
    """What `cse seal` writes."""
    kinds = [
        (form, key)
        for form in ("v3", "v2")
        for key in ("aes128", "aes192", "aes256", "rsa2048", "rsa4096", "kms")
    ]
    kinds += [("v1", key) for key in ("aes128", "aes256", "rsa2048")]
    kinds += [("v2-kms-gcm", "kms"), ("v2-kms-cbc", "kms")]
    return [Profile(form, key, storage) for form, key in kinds for storage in ("metadata", "instruction")]


def stored_profiles() -> list[Profile]:
    """What clients write to an endpoint: the Python ones and what is for them to moto, Java and what is for
    it to the sandbox."""
    both = ("metadata", "instruction")
    old = [("v1", "aes256"), ("v1", "rsa2048"), ("v2-kms-gcm", "kms"), ("v2-kms-cbc", "kms")]
    new = [(form, key) for form in ("v3", "v2") for key in ("aes256", "rsa2048", "kms")]
    found = [Profile(form, key, "metadata", writer) for writer in (PUT, AIOBOTO3) for form, key in old]
    found += [Profile(form, "kms", storage, PUT) for form in ("v3", "v2") for storage in both]
    found += [Profile(form, "kms", "instruction", REWRAP) for form in ("v3", "v2")]
    found += [Profile(form, "kms", "metadata", S3EC_PYTHON) for form in ("v3", "v2")]
    for writer in (PUT, JAVA):
        found += [Profile(form, key, storage, writer, SANDBOX) for form, key in new for storage in both]
    found += [
        Profile(form, key, storage, REWRAP, SANDBOX)
        for form, key in new
        for storage in ("instruction", "suffix")
    ]
    # Java rewraps for its own raw keys only, and for another suffix only to RSA keys.
    for form in ("v3", "v2"):
        found.append(Profile(form, "aes256", "instruction", JAVA_REWRAP, SANDBOX))
        found.append(Profile(form, "rsa2048", "suffix", JAVA_REWRAP, SANDBOX))
    return found


def profiles() -> list[Profile]:
    """All profiles, in the order of the table."""
    return sealed_profiles() + stored_profiles()


def sizes(profile: Profile, position: int) -> tuple[int, ...]:
    """Every size for the most used profiles, and for the others two that change from profile to profile."""
    if profile.writer != SEAL:
        return FEW_SIZES
    most_used = not profile.is_legacy and profile.storage == "metadata"
    if most_used and profile.wrapping_key in ("aes256", "rsa2048", "kms"):
        return PLAINTEXT_SIZES
    count = len(PLAINTEXT_SIZES)
    return PLAINTEXT_SIZES[position % count], PLAINTEXT_SIZES[(position + count // 2) % count]


def special_cases(profile: Profile, prefix: str) -> list[Case]:
    """Objects with pairs, and for those who upload in parts, large ones and streams."""
    found = []
    takes_pairs = profile.writer == SEAL or (profile.writer == PUT and not profile.is_legacy)
    if takes_pairs and profile.wrapping_key in ("aes256", "kms"):
        found.append(Case(f"{prefix}-ascii-pairs", profile, 33, ASCII_PAIRS))
        found.append(Case(f"{prefix}-non-ascii-pairs", profile, 33, NON_ASCII_PAIRS))
    if profile.writer in (S3EC_PYTHON, JAVA) and profile.is_kms:
        found.append(Case(f"{prefix}-pairs", profile, 33, PLAIN_PAIRS))
    if profile.writer == PUT and not profile.is_legacy:
        found.append(Case(f"{prefix}-stream-0", profile, 0, NO_PAIRS, is_stream=True))
        found.append(Case(f"{prefix}-stream", profile, 1000, NO_PAIRS, is_stream=True))
    if profile.writer in (PUT, S3EC_PYTHON, JAVA) and profile.is_kms and profile.format in ("v3", "v2"):
        found.append(Case(f"{prefix}-parts", profile, LARGE, NO_PAIRS))
        if profile.writer == PUT:
            found.append(Case(f"{prefix}-stream-parts", profile, LARGE, NO_PAIRS, is_stream=True))
    return found


def cases(writers: set[str]) -> list[Case]:
    """All objects of a run with these writers."""
    found = []
    for position, profile in enumerate(profiles()):
        if profile.writer not in writers:
            continue
        prefix = f"{profile.endpoint}-{profile.name}".replace(": ", "-").replace(" ", "-")
        found += [Case(f"{prefix}-{size}", profile, size, NO_PAIRS) for size in sizes(profile, position)]
        found += special_cases(profile, prefix)
    return found


def independent_reads(case: Case) -> bool:
    """Files: what `cse seal` wrote."""
    return case.profile.writer == SEAL


def aioboto3_reads(case: Case) -> bool:
    """V1, and everything of V2 that was wrapped by the key service; no instruction files."""
    profile = case.profile
    return (
        profile.writer in OURS
        and profile.endpoint == MOTO
        and profile.storage == "metadata"
        and (profile.format == "v1" or (profile.is_kms and profile.format != "v3"))
    )


def s3ec_python_reads(case: Case) -> bool:
    """The key service only. It takes an encryption context from its caller, in ASCII only, except
    for the legacy formats, where it uses the stored one as it is."""
    profile = case.profile
    if profile.writer not in OURS or profile.endpoint != MOTO:
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
    "cse": cse_reads,
}


def writers(readers: list[str]) -> set[str]:
    """Who writes in a run with these readers: we, and for us to read those of them that write."""
    others = (AIOBOTO3, S3EC_PYTHON, JAVA, JAVA_REWRAP) if "cse" in readers else ()
    return {*OURS, *(writer for writer in others if writer.split()[0] in readers)}
