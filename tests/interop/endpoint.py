"""A local S3 and key service endpoint: moto on a free loopback port, with signatures and
permissions checked, an administrator, a bucket, a KMS key and an alias for it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3

BUCKET = "interop"
KMS_ALIAS = "alias/interop"
REGION = "us-east-1"
START_SECONDS = 60
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass(frozen=True)
class Endpoint:
    """Where the endpoint is, who may use it, and its KMS key."""

    url: str
    access_key: str
    secret_key: str
    kms_key_arn: str

    def client(self, service: str):
        """A boto3 client of the administrator."""
        return client(self.url, service, self.access_key, self.secret_key)

    def environment(self) -> dict[str, str]:
        """The variables that every AWS SDK takes its settings from; no others of the caller's count."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
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
    raise RuntimeError(f"moto did not start:\n{log.read_text()}")


def set_up(url: str) -> Endpoint:
    """Make the administrator, the bucket and the key, then switch the checks on."""

    def anyone(service: str):
        return client(url, service, "setup", "setup")

    iam, kms = anyone("iam"), anyone("kms")
    iam.create_user(UserName="administrator")
    iam.put_user_policy(UserName="administrator", PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL))
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=KMS_ALIAS, TargetKeyId=arn)
    anyone("s3").create_bucket(Bucket=BUCKET)
    switch = urllib.request.Request(f"{url}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
    urllib.request.urlopen(switch).close()
    return Endpoint(url, key["AccessKeyId"], key["SecretAccessKey"], arn)


@contextlib.contextmanager
def running(log: Path) -> Iterator[Endpoint]:
    """The endpoint, until the end of the with block, however it ends."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as server:
        try:
            wait_for(server, port, log)
            yield set_up(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
