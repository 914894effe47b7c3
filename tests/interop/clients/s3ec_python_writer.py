"""Writes objects with the Amazon S3 Encryption Client for Python; V3 with its default settings.
The endpoint, the region and the credentials come from the usual AWS_* variables."""

import io
from typing import Any

import boto3
import job
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring
from s3_encryption.materials.materials import AlgorithmSuite, CommitmentPolicy

KMS = boto3.client("kms")
WITHOUT_COMMITMENT: dict[str, Any] = {
    "encryption_algorithm": AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF,
    "commitment_policy": CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
}


def upload(item: dict[str, Any]) -> None:
    settings = {} if item["format"] == "v3" else WITHOUT_COMMITMENT
    keyring = KmsKeyring(KMS, item["kms_key_arn"])
    client = S3EncryptionClient(boto3.client("s3"), S3EncryptionClientConfig(keyring, **settings))
    content, context = job.plaintext(item), item["pairs"]
    if item["large"]:
        client.upload_fileobj(io.BytesIO(content), item["bucket"], item["key"], EncryptionContext=context)
    else:
        client.put_object(Bucket=item["bucket"], Key=item["key"], Body=content, EncryptionContext=context)


job.each(lambda item, _: upload(item))
