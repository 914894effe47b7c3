"""Makes the objects that `cse seal` writes, and the job entries of all: the wrapping keys, the key
service's answers, and the upload. The plaintext of a case follows from the case's id."""

import base64
import json
import random
import subprocess
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from endpoint import BUCKET, KMS_ALIAS, Endpoint
from matrix import LARGE, MOTO, Case

SECONDS = 60
# The key of an object before it is rewrapped by a peer, by the kind of the new one.
FIRST_KEYS = {"aes": "aes128", "rsa": "rsa4096", "kms": "aes128"}
INSTRUCTION_MARKER = {"x-amz-crypto-instr-file": "true"}


def plaintext(case: Case) -> bytes:
    return random.Random(case.id).randbytes(case.size)


class Keys:
    """The wrapping keys of a run, as files; for RSA, sealing gets the public half only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def opening(self, name: str) -> Path:
        """The file that opens: an AES key in base64, or an RSA private key in PEM."""
        path = self.folder / name
        if path.exists():
            return path
        if name.startswith("aes"):
            path.write_bytes(base64.b64encode(random.SystemRandom().randbytes(int(name[3:]) // 8)))
            return path
        private = rsa.generate_private_key(65537, int(name[3:]))
        path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        path.with_suffix(".public").write_bytes(public)
        return path

    def sealing(self, name: str) -> Path:
        """The file that is enough to seal."""
        path = self.opening(name)
        return path.with_suffix(".public") if name.startswith("rsa") else path


class Maker:
    """Makes the entries of cases and seals; everything of a case stays in a folder of its own."""

    def __init__(self, cse: Path, endpoints: dict[str, Endpoint], folder: Path) -> None:
        self.cse, self.endpoints, self.folder = cse, endpoints, folder
        self.sealing_endpoint = endpoints[MOTO]
        self.s3, self.kms = self.sealing_endpoint.client("s3"), self.sealing_endpoint.client("kms")
        (folder / "keys").mkdir(mode=0o700)
        self.keys = Keys(folder / "keys")

    def prepare(self, case: Case) -> dict[str, Any]:
        """The plaintext, as a file, and the job entry of a case that is to be written."""
        folder = self.folder / "objects" / case.id
        folder.mkdir(parents=True)
        (folder / "plaintext").write_bytes(plaintext(case))
        return self.job_entry(case, folder)

    def seal_and_upload(self, case: Case, item: dict[str, Any]) -> None:
        folder = Path(item["plaintext"]).parent
        self.seal(case, folder)
        self.upload(case, folder)

    def seal(self, case: Case, folder: Path) -> None:
        profile = case.profile
        command = [str(self.cse), "seal", "plaintext", "--out", "body", "--metadata", "metadata.json"]
        command += ["--format", profile.format]
        command += ["--instruction", "instruction.json"] if profile.storage == "instruction" else []
        command += ["--legacy"] if profile.is_legacy else []
        command += self.key_arguments(case, folder)
        for name, value in case.pairs.items():
            command += ["--context" if profile.is_kms else "--description", f"{name}={value}"]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, text=True, timeout=SECONDS
        )
        if done.returncode:
            raise RuntimeError(f"cse seal ended with {done.returncode}: {' '.join(done.stderr.split())}")

    def key_arguments(self, case: Case, folder: Path) -> list[str]:
        profile = case.profile
        if profile.is_kms:
            self.record_answer(
                profile.encryption_context(case.pairs, self.sealing_endpoint.kms_key_arn), folder
            )
            return ["--kms-key", self.sealing_endpoint.kms_key_arn, "--kms-answers", "answers.json"]
        option = "--aes-key" if profile.wrapping_key.startswith("aes") else "--rsa-key"
        return [option, str(self.keys.sealing(profile.wrapping_key))]

    def record_answer(self, context: dict[str, str], folder: Path) -> None:
        """Ask the key service for a data key under this context and keep the answer for `cse seal`."""
        answer = self.kms.generate_data_key(KeyId=KMS_ALIAS, KeySpec="AES_256", EncryptionContext=context)
        recorded = {
            "ciphertext_blob_b64": base64.b64encode(answer["CiphertextBlob"]).decode(),
            "encryption_context": context,
            "plaintext_b64": base64.b64encode(answer["Plaintext"]).decode(),
            "key_id": answer["KeyId"],
        }
        (folder / "answers.json").write_text(json.dumps([recorded]), "utf-8")

    def upload(self, case: Case, folder: Path) -> None:
        if case.profile.storage == "instruction":
            self.s3.put_object(
                Bucket=BUCKET,
                Key=f"{case.id}.instruction",
                Body=(folder / "instruction.json").read_bytes(),
                Metadata=INSTRUCTION_MARKER,
            )
        self.s3.put_object(
            Bucket=BUCKET,
            Key=case.id,
            Body=(folder / "body").read_bytes(),
            Metadata=json.loads((folder / "metadata.json").read_text("utf-8")),
        )

    def job_entry(self, case: Case, folder: Path) -> dict[str, Any]:
        profile, endpoint = case.profile, self.endpoints[case.profile.endpoint]
        context = profile.encryption_context(case.pairs, endpoint.kms_key_arn)
        return {
            "id": case.id,
            "bucket": BUCKET,
            "key": case.id,
            "url": endpoint.url,
            "kms_url": endpoint.kms_url,
            "environment": endpoint.environment(),
            "cse": str(self.cse),
            "plaintext": str(folder / "plaintext"),
            "format": profile.format,
            "storage": profile.storage,
            "suffix": profile.suffix,
            "legacy": profile.is_legacy,
            "rewrap": profile.writer.endswith("rewrap"),
            "large": case.size == LARGE,
            "wrapping_key": profile.wrapping_key,
            "wrapping_key_file": None if profile.is_kms else str(self.keys.opening(profile.wrapping_key)),
            "first_key_file": str(self.keys.opening(FIRST_KEYS[profile.wrapping_key[:3]])),
            "kms_key_arn": endpoint.kms_key_arn,
            "kms_answers": str(folder / "answers.json"),
            "pairs": case.pairs,
            "stored_pairs": context if profile.is_kms else case.pairs,
            "body": str(folder / "body"),
            "metadata": str(folder / "metadata.json"),
            "instruction": str(folder / "instruction.json") if profile.suffix else None,
        }
