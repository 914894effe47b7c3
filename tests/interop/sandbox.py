"""The second endpoint: `cse sandbox`, for clients that cannot write to moto."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from endpoint import ADMINISTRATOR, BUCKET, Endpoint, end


def first_document(server: subprocess.Popen, log: Path) -> dict:
    """The report that the sandbox prints once it serves."""
    assert server.stdout
    text = ""
    for line in server.stdout:
        text += line
        with contextlib.suppress(json.JSONDecodeError):
            return json.loads(text)
    raise RuntimeError(f"the sandbox did not start:\n{text}{log.read_text()}")


@contextlib.contextmanager
def running(cse: Path, log: Path) -> Iterator[Endpoint]:
    """The endpoint, until the end of the with block, however it ends."""
    command = [str(cse), "sandbox", "--json", "--bucket", BUCKET]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as server,
    ):
        try:
            report = first_document(server, log)
            keys = (report["access_key_id"], report["secret_access_key"])
            url = report["endpoint_url"]
            yield Endpoint(url, {ADMINISTRATOR: keys}, url, report["kms_key_arn"])
        finally:
            end(server)
