"""Reads sealed files by the format rules with `cryptography` alone, no code of any other client,
and checks the stored form on the way: names, values, layouts, lengths, key commitment."""

from hmac import compare_digest
from pathlib import Path
from typing import Any

import job
import unwrap
import wire
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.padding import PKCS7

SUITE = b"\x00\x73"
GCM, CBC, COMMITTING = "AES/GCM/NoPadding", "AES/CBC/PKCS5Padding", "115"
V3_WRAPS = {"02": "AES/GCM", "12": "kms+context", "22": "RSA-OAEP-SHA1"}
RAW_WRAPS = {"aes": "AES/GCM", "rsa": "RSA-OAEP-SHA1"}


def expected_wrap(item: dict[str, Any]) -> str:
    """The wrap that belongs to the format and the kind of wrapping key."""
    kind = item["wrapping_key"][:3]
    if item["format"] == "v1":
        return kind.upper()
    if kind == "kms":
        return "kms" if item["legacy"] else "kms+context"
    return RAW_WRAPS[kind]


def checked_data_key(
    names: dict[str, str], name: str, item: dict[str, Any], wrap: str, algorithm: str
) -> bytes:
    wire.require(wrap == expected_wrap(item), f"the wrap is {expected_wrap(item)}, not {wrap}")
    key = unwrap.data_key(wire.base64_value(names, name), item, wrap, algorithm)
    wire.require(len(key) == 32, f"the data key has 32 bytes, not {len(key)}")
    return key


def open_gcm(key: bytes, nonce: bytes, body: bytes, bound: bytes | None) -> bytes:
    return AESGCM(key).decrypt(nonce, body, bound)


def open_cbc(key: bytes, iv: bytes, body: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(body) + decryptor.finalize()) + unpadder.finalize()


def derive(key: bytes, message_id: bytes, label: bytes, length: int) -> bytes:
    return HKDF(SHA512(), length, salt=message_id, info=SUITE + label).derive(key)


def open_v3(names: dict[str, str], item: dict[str, Any], body: bytes) -> bytes:
    """Check the key commitment, then open with the derived key under the fixed nonce."""
    wire.require(names["x-amz-c"] == COMMITTING, "x-amz-c is 115")
    key = checked_data_key(names, "x-amz-3", item, V3_WRAPS[names["x-amz-w"]], COMMITTING)
    message_id = wire.base64_value(names, "x-amz-i", 28)
    wire.require(any(message_id), "the message id is not all zero")
    commitment = derive(key, message_id, b"COMMITKEY", 28)
    stored = wire.base64_value(names, "x-amz-d", 28)
    wire.require(compare_digest(commitment, stored), "the key commitment is that of the data key")
    return open_gcm(derive(key, message_id, b"DERIVEKEY", 32), b"\x01" * 12, body, SUITE)


def open_v2(names: dict[str, str], item: dict[str, Any], body: bytes) -> bytes:
    """AES-GCM with a random IV, or AES-CBC for the legacy form."""
    algorithm = CBC if item["format"] == "v2-kms-cbc" else GCM
    wire.require(names["x-amz-cek-alg"] == algorithm, f"x-amz-cek-alg is {algorithm}")
    key = checked_data_key(names, "x-amz-key-v2", item, names["x-amz-wrap-alg"], algorithm)
    if algorithm == CBC:
        return open_cbc(key, wire.base64_value(names, "x-amz-iv", 16), body)
    wire.require(names["x-amz-tag-len"] == "128", "x-amz-tag-len is 128")
    return open_gcm(key, wire.base64_value(names, "x-amz-iv", 12), body, None)


def open_v1(names: dict[str, str], item: dict[str, Any], body: bytes) -> bytes:
    """AES-CBC; the wrap follows from the wrapping key, the object does not name it."""
    key = checked_data_key(names, "x-amz-key", item, expected_wrap(item), CBC)
    return open_cbc(key, wire.base64_value(names, "x-amz-iv", 16), body)


def read(item: dict[str, Any]) -> bytes:
    instruction = Path(item["instruction"]).read_bytes() if item["instruction"] else None
    names = wire.names_and_values(item, Path(item["metadata"]).read_bytes(), instruction)
    body = Path(item["body"]).read_bytes()
    openers = {"v3": open_v3, "v1": open_v1}
    plaintext = openers.get(item["format"], open_v2)(names, item, body)
    wire.check_plaintext_length(names, plaintext)
    return plaintext


job.run(read)
