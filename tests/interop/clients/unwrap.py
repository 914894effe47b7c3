"""Takes the data key out of each kind of encrypted data key and checks that the layout is exact.
The key service's wraps are looked up in its recorded answers."""

import base64
import json
from pathlib import Path
from typing import Any

import job
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from wire import require

DATA_KEY_LENGTH = 32


def aes_gcm(wrapped: bytes, key: bytes, content_algorithm: str) -> bytes:
    """12 bytes of IV, the sealed data key, 16 bytes of tag; bound to the content algorithm's name."""
    require(len(wrapped) == 12 + DATA_KEY_LENGTH + 16, f"an AES/GCM wrap has 60 bytes, not {len(wrapped)}")
    return AESGCM(key).decrypt(wrapped[:12], wrapped[12:], content_algorithm.encode())


def rsa_oaep_sha1(wrapped: bytes, key: RSAPrivateKey, content_algorithm: str) -> bytes:
    """A length byte, the data key, and the content algorithm's name, under RSA-OAEP with SHA-1."""
    oaep = padding.OAEP(padding.MGF1(SHA1()), SHA1(), None)
    inner = key.decrypt(wrapped, oaep)
    require(inner[0] == DATA_KEY_LENGTH, f"the length byte of the RSA-OAEP wrap is 32, not {inner[0]}")
    tail = inner[1 + DATA_KEY_LENGTH :]
    require(
        tail == content_algorithm.encode(), f"the RSA-OAEP wrap ends in {content_algorithm!r}, not {tail!r}"
    )
    return inner[1 : 1 + DATA_KEY_LENGTH]


def aes_ecb(wrapped: bytes, key: bytes) -> bytes:
    """AES-ECB with PKCS#7 padding (V1)."""
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(wrapped) + decryptor.finalize()) + unpadder.finalize()


def key_service(wrapped: bytes, item: dict[str, Any]) -> bytes:
    """The data key that the key service answered with this wrap, for exactly the stored context."""
    for answer in json.loads(Path(item["kms_answers"]).read_text("utf-8")):
        if base64.b64decode(answer["ciphertext_blob_b64"]) == wrapped:
            require(answer["encryption_context"] == item["stored_pairs"], "the answer has the stored context")
            return base64.b64decode(answer["plaintext_b64"])
    raise LookupError("no key service answer has this encrypted data key")


def data_key(wrapped: bytes, item: dict[str, Any], wrap: str, content_algorithm: str) -> bytes:
    """Unwrap by the wrap's name as V2 writes it, or for V1 `AES` and `RSA`."""
    if wrap in ("kms", "kms+context"):
        return key_service(wrapped, item)
    if wrap.startswith("AES"):
        key = job.aes_key(item)
        return aes_ecb(wrapped, key) if wrap == "AES" else aes_gcm(wrapped, key, content_algorithm)
    private = load_pem_private_key(job.rsa_private_pem(item), None)
    assert isinstance(private, RSAPrivateKey)
    if wrap == "RSA":
        return private.decrypt(wrapped, padding.PKCS1v15())
    return rsa_oaep_sha1(wrapped, private, content_algorithm)
