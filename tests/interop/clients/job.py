"""How every Python client is driven: `CLIENT JOB.json OUT` goes through the objects of the job. A reader
writes their plaintexts to OUT/ID, a writer puts them. Both print one line for each object,
`ok<TAB>ID` or `failed<TAB>ID<TAB>reason`."""

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def each(action: Callable[[dict[str, Any], Path], object]) -> None:
    """Do something with every object of the job; one that fails does not stop the others."""
    job, out = json.loads(Path(sys.argv[1]).read_text("utf-8")), Path(sys.argv[2])
    for item in job["objects"]:
        try:
            action(item, out)
        except Exception as error:  # noqa: BLE001 -- whatever a peer raises is a result of the test
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            print("failed", item["id"], reason, sep="\t", flush=True)
        else:
            print("ok", item["id"], sep="\t", flush=True)


def run(read: Callable[[dict[str, Any]], bytes]) -> None:
    """Read every object of the job with `read`."""
    each(lambda item, out: (out / item["id"]).write_bytes(read(item)))


def plaintext(item: dict[str, Any]) -> bytes:
    """What is to be written."""
    return Path(item["plaintext"]).read_bytes()


def aes_key(item: dict[str, Any]) -> bytes:
    """The AES wrapping key of an object."""
    return base64.b64decode(Path(item["wrapping_key_file"]).read_bytes())


def rsa_private_pem(item: dict[str, Any]) -> bytes:
    """The RSA private key of an object, as PEM text."""
    return Path(item["wrapping_key_file"]).read_bytes()
