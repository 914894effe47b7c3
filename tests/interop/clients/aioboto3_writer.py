"""Writes objects with the S3CSE class of aioboto3.
The endpoint, the region and the credentials come from the usual AWS_* variables."""

import asyncio
from typing import Any

import job
from aioboto3.s3.cse import (
    S3CSE,
    AsymmetricCryptoContext,
    CryptoContext,
    KMSCryptoContext,
    SymmetricCryptoContext,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def crypto_context(item: dict[str, Any]) -> CryptoContext:
    if item["wrapping_key"] == "kms":
        return KMSCryptoContext(item["kms_key_arn"], authenticated_encryption=item["format"] == "v2-kms-gcm")
    if item["wrapping_key"].startswith("rsa"):
        private = load_pem_private_key(job.rsa_private_pem(item), None)
        return AsymmetricCryptoContext(public_key=private.public_key())
    return SymmetricCryptoContext(job.aes_key(item))


async def upload(item: dict[str, Any]) -> None:
    async with S3CSE(crypto_context(item)) as client:
        await client.put_object(Body=job.plaintext(item), Bucket=item["bucket"], Key=item["key"])


job.each(lambda item, _: asyncio.run(upload(item)))
