"""The third endpoint: rclone's S3 server, an awkward store. It answers with metadata names in canonical
case, with the checksum of the whole object to a request for a range, and it ignores conditions.

It has no key service. Run as a program it serves to another program, as endpoint.py does."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import prepare
from endpoint import ADMINISTRATOR, BUCKET, Endpoint, free_port, listening, serve


def settings() -> dict[str, str]:
    """The caller's variables but for those that change rclone's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RCLONE_")}


def command(port: int, keys: tuple[str, str], folder: Path) -> list[str]:
    """How the server is started: everything of its own is in the folder, and no configuration of the caller's
    is read."""
    config, store = folder / "rclone.conf", folder / "store"
    config.touch()
    (store / BUCKET).mkdir(parents=True)
    server = str(prepare.python("rclone").with_name("rclone"))
    access = ["--addr", f"127.0.0.1:{port}", "--auth-key", ",".join(keys)]
    own = ["--config", str(config), "--cache-dir", str(folder / "cache")]
    return [server, "serve", "s3", *access, *own, str(store)]


@contextlib.contextmanager
def running(log: Path, kms: Endpoint | None = None) -> Iterator[Endpoint]:
    """The endpoint, until the end of the with block, however it ends. With another endpoint as its key
    service, it takes that one's administrator for its only user: so the same credentials are good for both."""
    keys = kms.users[ADMINISTRATOR] if kms else (secrets.token_hex(10), secrets.token_hex(20))
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        listening(command(port, keys, Path(folder)), port, log, settings()) as url,
    ):
        users = {ADMINISTRATOR: keys}
        yield Endpoint(url, users, kms.kms_url, kms.kms_key_arn) if kms else Endpoint(url, users)


if __name__ == "__main__":
    serve(running)
