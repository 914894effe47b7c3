"""Reads objects with `cse get`, with the options of this reader, under the narrowest policy that their format needs."""

import subprocess
from typing import Any

import job

SECONDS = 60


def key_arguments(item: dict[str, Any]) -> list[str]:
    """The wrapping key, or what the key service is told."""
    if item["wrapping_key"] != "kms":
        option = "--aes-key" if item["wrapping_key"].startswith("aes") else "--rsa-key"
        return [option, item["wrapping_key_file"]]
    pairs = [f"{name}={value}" for name, value in item["pairs"].items()]
    return [argument for pair in pairs for argument in ("--context", pair)]


def policy_arguments(item: dict[str, Any]) -> list[str]:
    """What a caller has to allow for this object's format, and no more."""
    allowed = [] if item["format"] == "v3" else ["--policy", "require-encrypt-allow-decrypt"]
    return [*allowed, "--legacy"] if item["legacy"] else allowed


def download(item: dict[str, Any]) -> bytes:
    command = [
        item["cse"],
        "--quiet",
        "get",
        f"s3://{item['bucket']}/{item['key']}",
        "-",
        *item["reader_options"],
    ]
    command += [*key_arguments(item), *policy_arguments(item)]
    command += ["--instruction-suffix", item["suffix"]] if item["storage"] == "suffix" else []
    command += ["--endpoint-url", item["url"], "--kms-endpoint-url", item["kms_url"]]
    done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)
    if done.returncode:
        raise RuntimeError(f"ended with {done.returncode}: {done.stderr.decode('utf-8', 'replace')}")
    return done.stdout


job.run(download)
