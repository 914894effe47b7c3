#!/usr/bin/env python3
"""Writes the seed corpus of envelope_parse from the objects in tests/vectors: one seed per kind of envelope.

Two objects are of one kind if they store the same names with the same texts, and binary values of the same lengths. The user's
own metadata and the plaintext's length do not count."""

import json
import re
import shutil
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
VECTORS = FUZZ.parent / "tests" / "vectors"
SEEDS = FUZZ / "seeds" / "envelope_parse"

BINARY_VALUE = re.compile(rb'(?<=x-amz-)(key-v2|key|3|iv|i|d)(: |":")([A-Za-z0-9+/=]+)')
NOT_COUNTED = re.compile(rb"^(?!x-amz-|\{).*\n|^x-amz-unencrypted-content-length: .*\n", re.MULTILINE)


def seed(metadata: dict[str, str], instruction_file: str | None) -> bytes:
    """The format that fuzz_targets/envelope_parse.rs reads. In vectors one character of a metadata value is one header byte."""
    lines = b"".join(f"{name}: {value}\n".encode("latin-1") for name, value in sorted(metadata.items()))
    return lines if instruction_file is None else lines + b"\n" + instruction_file.encode()


def kind(data: bytes) -> bytes:
    data = BINARY_VALUE.sub(lambda found: b"%s%s%d characters" % (found[1], found[2], len(found[3])), data)
    return NOT_COUNTED.sub(b"", data)


def seeds_of(path: Path):
    case = json.loads(path.read_text())
    name = f"{case['writer']}.{case['case']}"
    file = case["instruction_file"]
    yield name, seed(case["metadata"], file and file["body"])
    for rotated in case.get("instruction_files", []):
        yield name + rotated["suffix"], seed(case["metadata"], rotated["body"])


def main() -> None:
    kinds: dict[bytes, tuple[str, bytes]] = {}
    for path in sorted(VECTORS.glob("*/*/case.json")):
        for name, data in seeds_of(path):
            kinds.setdefault(kind(data), (name, data))
    shutil.rmtree(SEEDS, ignore_errors=True)
    SEEDS.mkdir(parents=True)
    for name, data in kinds.values():
        (SEEDS / name).write_bytes(data)
    print(f"{len(kinds)} seeds in {SEEDS.relative_to(FUZZ.parent)}")


main()
