"""Stores objects by `cse put`, and gives them another wrapping key by `cse rewrap`."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from endpoint import BUCKET
from matrix import LARGE, OTHER_SUFFIX, REWRAPS, Case
from objects import SECONDS, Keys

FIRST_KEY = "aes128"


def run(
    cse: Path, case: Case, arguments: list[str], item: dict[str, Any], stdin: bytes | None = None
) -> dict[str, Any]:
    """One run of `cse` on an endpoint, and its report; its last words are the reason if it fails."""
    where = ["--endpoint-url", item["url"], "--kms-endpoint-url", item["kms_url"]]
    how = ["--http"] if case.profile.is_http else []
    done = subprocess.run(
        [str(cse), "--quiet", "--json", *arguments, *where, *how],
        input=stdin,
        capture_output=True,
        check=False,
        env=item["environment"],
        timeout=SECONDS,
    )
    if done.returncode:
        reason = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise RuntimeError(f"cse {arguments[0]} ended with {done.returncode}: {reason}")
    return json.loads(done.stdout)


def key_arguments(case: Case, item: dict[str, Any], keys: Keys, new: str = "") -> list[str]:
    """The wrapping key of a case, with its pairs; `new` comes before the names of its options."""
    profile = case.profile
    if profile.is_kms:
        key, pairs = ["kms-key", item["kms_key_arn"]], "context"
    else:
        kind = "aes-key" if profile.wrapping_key.startswith("aes") else "rsa-key"
        key, pairs = [kind, str(keys.sealing(profile.wrapping_key))], "description"
    found = [f"--{new}{key[0]}", key[1]]
    for name, value in case.pairs.items():
        found += [f"--{new}{pairs}", f"{name}={value}"]
    return found


def check_parts(etag: str) -> None:
    """An object that was uploaded in parts has their number in its ETag when it is stored."""
    if not re.fullmatch(r'"[0-9a-f]{32}-[0-9]+"', etag):
        raise RuntimeError(f"it was not uploaded in parts: its ETag is {etag}")


def put(cse: Path, case: Case, item: dict[str, Any], keys: Keys) -> None:
    """Store a case; one that is to be rewrapped, with another key at first."""
    profile = case.profile
    source = "-" if case.is_stream else item["plaintext"]
    arguments = ["put", source, f"s3://{BUCKET}/{item['key']}", "--format", profile.format]
    arguments += ["--instruction-file"] if profile.suffix else []
    arguments += ["--legacy"] if profile.is_legacy else []
    if profile.writer in REWRAPS:
        arguments += ["--aes-key", str(keys.sealing(FIRST_KEY))]
    else:
        arguments += key_arguments(case, item, keys)
    stdin = Path(item["plaintext"]).read_bytes() if case.is_stream else None
    stored = run(cse, case, arguments, item, stdin)
    if case.size == LARGE:
        check_parts(stored["etag"])
    if profile.writer in REWRAPS:
        rewrap(cse, case, item, keys)


def rewrap(cse: Path, case: Case, item: dict[str, Any], keys: Keys) -> None:
    """Give a case the key of its profile."""
    arguments = ["rewrap", f"s3://{BUCKET}/{item['key']}", "--enforce-rotation"]
    arguments += ["--aes-key", str(keys.opening(FIRST_KEY)), *key_arguments(case, item, keys, "new-")]
    arguments += ["--to-suffix", OTHER_SUFFIX] if case.profile.storage == "suffix" else []
    arguments += ["--policy", "require-encrypt-allow-decrypt"] if case.profile.format != "v3" else []
    run(cse, case, arguments, item)
