"""A local S3 and key service endpoint: moto on a free loopback port, with signatures and
permissions checked, users, a bucket, a KMS key and an alias for it.

Run as a program it prints NAME=VALUE lines, the last of them READY=1, and serves until its standard
input ends: so it ends with whoever started it, however that one ends."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import boto3

BUCKET = "interop"
KMS_ALIAS = "alias/interop"
REGION = "us-east-1"
START_SECONDS = 60
STOP_SECONDS = 20
LEAST_PART_LENGTH = "256"


def policy(*statements: tuple[str, str, str]) -> str:
    """An IAM policy of statements: effect, action, resource."""
    names = ("Effect", "Action", "Resource")
    rules = [dict(zip(names, statement, strict=True)) for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": rules})


ADMINISTRATOR = "administrator"
POLICIES = {
    ADMINISTRATOR: policy(("Allow", "*", "*")),
    "s3-only": policy(("Allow", "s3:*", "*")),
    "no-instruction-files": policy(
        ("Allow", "*", "*"), ("Deny", "s3:*", f"arn:aws:s3:::{BUCKET}/*.instruction")
    ),
}


@dataclass(frozen=True)
class Endpoint:
    """Where the endpoint is, who may use it (access key and secret key by user), and where a key service
    is that takes the same users, with a key there; the last two are empty without one."""

    url: str
    users: dict[str, tuple[str, str]]
    kms_url: str = ""
    kms_key_arn: str = ""

    def client(self, service: str):
        """A boto3 client of the administrator."""
        return client(self.url, service, *self.users[ADMINISTRATOR])

    def environment(self) -> dict[str, str]:
        """The variables that every AWS SDK takes its settings from; no others of the caller's count."""
        access_key, secret_key = self.users[ADMINISTRATOR]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ENDPOINT_URL_KMS": self.kms_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def client(url: str, service: str, access_key: str, secret_key: str):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
    )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(server: subprocess.Popen, port: int, log: Path) -> None:
    """Return once the server takes connections."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{server.args[0]} did not start:\n{log.read_text()}")


def end(server: subprocess.Popen) -> None:
    """End a server, if need be by force."""
    server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(STOP_SECONDS)
    server.kill()


@contextlib.contextmanager
def listening(command: list[str], port: int, log: Path, settings: dict[str, str]) -> Iterator[str]:
    """The URL of a server on this loopback port, which takes connections and ends with the with block."""
    with (
        log.open("w") as output,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=settings
        ) as server,
    ):
        try:
            wait_for(server, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            end(server)


def set_up(url: str) -> Endpoint:
    """Make the users, the bucket and the key, then switch the checks on."""

    def anyone(service: str):
        return client(url, service, "setup", "setup")

    iam, kms, users = anyone("iam"), anyone("kms"), {}
    for name, rules in POLICIES.items():
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="rules", PolicyDocument=rules)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        users[name] = (key["AccessKeyId"], key["SecretAccessKey"])
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=KMS_ALIAS, TargetKeyId=arn)
    anyone("s3").create_bucket(Bucket=BUCKET)
    switch = urllib.request.Request(f"{url}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
    urllib.request.urlopen(switch).close()
    return Endpoint(url, users, url, arn)


@contextlib.contextmanager
def running(log: Path) -> Iterator[Endpoint]:
    """The endpoint, until the end of the with block, however it ends."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    settings = os.environ | {"S3_UPLOAD_PART_MIN_SIZE": LEAST_PART_LENGTH}
    with listening(command, port, log, settings) as url:
        yield set_up(url)


def stop(_number: int, _frame: object) -> NoReturn:
    """Leave through the with blocks, which end what they started."""
    sys.exit("interrupted")


def serve(server: Callable[[Path], AbstractContextManager[Endpoint]]) -> None:
    """What the file of an endpoint does as a program. Ctrl-C ends the one that started it, and so the
    standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    with tempfile.TemporaryDirectory() as folder, server(Path(folder) / "endpoint.log") as endpoint:
        print(f"URL={endpoint.url}\nREGION={REGION}\nBUCKET={BUCKET}")
        if endpoint.kms_key_arn:
            print(f"KMS_KEY_ARN={endpoint.kms_key_arn}\nKMS_ALIAS={KMS_ALIAS}")
        for name, (access_key, secret_key) in endpoint.users.items():
            print(f"USER={name} {access_key} {secret_key}")
        print("READY=1", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve(running)
