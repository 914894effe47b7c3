"""Reads objects with the Amazon S3 Encryption Client for Python; V3 with its default, strictest settings.
The endpoint, the region and the credentials come from the usual AWS_* variables."""

from typing import Any

import boto3
import job
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring
from s3_encryption.materials.materials import CommitmentPolicy

KMS = boto3.client("kms")


def settings(item: dict[str, Any]) -> dict[str, Any]:
    """What a caller has to allow for this object's format, and no more."""
    if item["format"] == "v3":
        return {}
    allowed: dict[str, Any] = {"commitment_policy": CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT}
    if item["legacy"]:
        allowed["enable_legacy_unauthenticated_modes"] = True
    return allowed


def download(item: dict[str, Any]) -> bytes:
    keyring = KmsKeyring(KMS, item["kms_key_arn"], enable_legacy_wrapping_algorithms=item["legacy"])
    client = S3EncryptionClient(boto3.client("s3"), S3EncryptionClientConfig(keyring, **settings(item)))
    context = {} if item["legacy"] else item["pairs"]
    answer = client.get_object(Bucket=item["bucket"], Key=item["key"], EncryptionContext=context)
    return answer["Body"].read()


job.run(download)
