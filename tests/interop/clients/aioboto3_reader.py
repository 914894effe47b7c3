"""Reads objects with the S3CSE class of aioboto3.
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
        return KMSCryptoContext(item["kms_key_arn"])
    if item["wrapping_key"].startswith("rsa"):
        return AsymmetricCryptoContext(private_key=load_pem_private_key(job.rsa_private_pem(item), None))
    return SymmetricCryptoContext(job.aes_key(item))


async def download(item: dict[str, Any]) -> bytes:
    async with S3CSE(crypto_context(item)) as client:
        answer = await client.get_object(Bucket=item["bucket"], Key=item["key"])
        return await answer["Body"].read()


job.run(lambda item: asyncio.run(download(item)))
