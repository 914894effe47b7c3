"""The rules of the stored form that do not need a key: which names may stand where, how values and
JSON texts look, and how long the binary values are. A broken rule raises BrokenRule."""

import base64
import json
import re

INSTRUCTION_ONLY_V3 = {"x-amz-3", "x-amz-w", "x-amz-m", "x-amz-t"}
OBJECT_ONLY_V3 = {"x-amz-c", "x-amz-d", "x-amz-i"}
PLAINTEXT_LENGTH = "x-amz-unencrypted-content-length"
METADATA_LIMIT = 2048
REQUIRED = {
    "v1": {"x-amz-key", "x-amz-iv", "x-amz-matdesc"},
    "v2": {"x-amz-key-v2", "x-amz-iv", "x-amz-matdesc", "x-amz-wrap-alg", "x-amz-cek-alg", "x-amz-tag-len"},
    "v2-kms-cbc": {"x-amz-key-v2", "x-amz-iv", "x-amz-matdesc", "x-amz-wrap-alg", "x-amz-cek-alg"},
    "v3": OBJECT_ONLY_V3 | {"x-amz-3", "x-amz-w"},
}
REQUIRED["v2-kms-gcm"] = REQUIRED["v2"]
PRINTABLE = re.compile(rb"[!-~]+")


class BrokenRule(Exception):
    """The stored form breaks a rule of the format; the text says what has to hold."""


class Pairs(list):
    """The pairs of a JSON object as they stand in its text, repeated names included."""


def require(holds: bool, rule: str) -> None:
    """Raise BrokenRule with the rule's text unless it holds."""
    if not holds:
        raise BrokenRule(rule)


def flat_json(text: bytes, where: str) -> dict[str, str]:
    """A JSON object of strings, whatever its layout."""
    pairs = json.loads(text.decode("utf-8"), object_pairs_hook=Pairs)
    require(isinstance(pairs, Pairs), f"{where} is a JSON object")
    names = dict(pairs)
    require(len(names) == len(pairs), f"{where} has each name once")
    require(all(isinstance(value, str) for value in names.values()), f"all values of {where} are strings")
    return names


def compact_json(text: bytes, where: str) -> dict[str, str]:
    """A JSON object of strings that is printable ASCII without white space."""
    require(PRINTABLE.fullmatch(text) is not None, f"{where} is printable ASCII without white space")
    return flat_json(text, where)


def base64_value(names: dict[str, str], name: str, length: int | None = None) -> bytes:
    """A binary value: standard base64 with padding, of the given length in bytes."""
    value = base64.b64decode(names[name], validate=True)
    require(base64.b64encode(value).decode() == names[name], f"{name} is canonical base64")
    require(length is None or len(value) == length, f"{name} holds {length} bytes, not {len(value)}")
    return value


def pairs_name(item: dict) -> str:
    """The name under which the encryption context or material description is stored."""
    if item["format"] != "v3":
        return "x-amz-matdesc"
    return "x-amz-t" if item["wrapping_key"] == "kms" else "x-amz-m"


def required_names(item: dict) -> set[str]:
    """All names that the object and its instruction file have to hold together, and no others."""
    names = set(REQUIRED[item["format"]])
    if item["format"] == "v3" and item["stored_pairs"]:
        names.add(pairs_name(item))
    if item["format"] != "v3" and item["storage"] == "metadata":
        names.add(PLAINTEXT_LENGTH)
    return names


def check_places(item: dict, metadata: dict[str, str], instruction: dict[str, str]) -> None:
    """With an instruction file, each name stands where its format wants it."""
    if item["format"] == "v3":
        require(
            set(metadata) == OBJECT_ONLY_V3, f"the object keeps x-amz-c, -d and -i only: {sorted(metadata)}"
        )
        allowed = set(instruction) <= INSTRUCTION_ONLY_V3
        require(allowed, f"the instruction file has x-amz-3, -w, -m and -t at most: {sorted(instruction)}")
    else:
        require(not metadata, f"all names are in the instruction file, not on the object: {sorted(metadata)}")


def check_names(item: dict, names: dict[str, str]) -> None:
    """The object and its instruction file together have exactly the names of their format."""
    require(all(name == name.lower() for name in names), f"names are in lower case: {sorted(names)}")
    required, found = required_names(item), set(names)
    require(required <= found, f"these names are there: {sorted(required - found)}")
    require(found <= required, f"these names are not there: {sorted(found - required)}")


def names_and_values(item: dict, metadata_text: bytes, instruction_text: bytes | None) -> dict[str, str]:
    """Check names, places and the look of all values; give the names of both places as one map."""
    names = metadata = flat_json(metadata_text, "the object metadata")
    if instruction_text is not None:
        instruction = compact_json(instruction_text, "the instruction file")
        check_places(item, metadata, instruction)
        names = metadata | instruction
    check_names(item, names)
    require(all(value.isascii() and value for value in names.values()), "values are ASCII and not empty")
    require(
        not any("=?" in value for value in names.values()), "no value looks like an RFC 2047 encoded word"
    )
    used = sum(len(name) + len(value) for name, value in metadata.items())
    require(used <= METADATA_LIMIT, f"{used} bytes of object metadata are within {METADATA_LIMIT}")
    where, expected = pairs_name(item), item["stored_pairs"]
    pairs = compact_json(names.get(where, "{}").encode(), where)
    require(pairs == expected, f"{where} holds {expected}, not {pairs}")
    return names


def check_plaintext_length(names: dict[str, str], plaintext: bytes) -> None:
    """The stored plaintext length, where there is one, is the true one."""
    stored = names.get(PLAINTEXT_LENGTH)
    require(stored in (None, str(len(plaintext))), f"{PLAINTEXT_LENGTH} is {len(plaintext)}, not {stored}")
