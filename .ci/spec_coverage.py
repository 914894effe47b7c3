#!/usr/bin/env python3
"""Checks that every test named in docs/spec-coverage.md is there, as `path/from/a/root.rs::name`."""

import re
import sys
from pathlib import Path

DOCUMENT = Path("docs/spec-coverage.md")
ROOTS = [Path("tests/tests"), Path("crates")]
NAMED = re.compile(r"`([\w./-]+\.rs)::(\w+)`")
TEST = re.compile(r"#\[(?:tokio::)?test\b[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:async )?fn (\w+)")


def tests_of(path: str) -> set[str]:
    """Names of the tests in a file; none if it is not there."""
    files = [root / path for root in ROOTS if (root / path).is_file()]
    return {name for file in files for name in TEST.findall(file.read_text("utf-8"))}


def main() -> None:
    named = sorted(set(NAMED.findall(DOCUMENT.read_text("utf-8"))))
    missing = [f"{path}::{name}" for path, name in named if name not in tests_of(path)]
    if missing or not named:
        sys.exit("\n".join([f"{DOCUMENT} names tests that are not there:", *missing]))
    print(f"{DOCUMENT}: {len(named)} tests, all there")


main()
