"""Starts the readers on the objects that they support and judges what they read: a reader passes
an object only if it says so and the plaintext file that it left is right, byte for byte."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import objects
import prepare
from matrix import READERS, Case

READ_SECONDS = 300


@dataclass(frozen=True)
class Result:
    """What one reader made of one object; no reason means that it passed."""

    reader: str
    case: Case
    reason: str | None


def command(reader: str) -> list[str]:
    """How a reader is started."""
    if reader == "java":
        return ["java", "-cp", f"{prepare.JAVA}/classes:{prepare.JAVA}/lib/*", "interop.JavaReader"]
    script = prepare.HERE / "readers" / f"{reader.replace('-', '_')}_reader.py"
    return [str(prepare.python(reader)), str(script)]


def reports(output: str) -> dict[str, str | None]:
    """Object id to the reason why it could not be read, or None where it could."""
    found: dict[str, str | None] = {}
    for line in output.splitlines():
        state, _, rest = line.partition("\t")
        identifier, _, reason = rest.partition("\t")
        if state in ("ok", "failed"):
            found[identifier] = None if state == "ok" else reason or "no reason given"
    return found


def start(
    reader: str, entries: list[dict[str, Any]], folder: Path, environment: dict[str, str]
) -> tuple[str, str]:
    """Run a reader over a job; the answer is its output, and why it has no report for some objects."""
    job = folder / f"{reader}.job.json"
    job.write_text(json.dumps({"objects": entries}), "utf-8")
    output, errors = folder / f"{reader}.out", folder / f"{reader}.err"
    with output.open("w") as out, errors.open("w") as err:
        try:
            arguments = [*command(reader), str(job), str(folder / reader)]
            done = subprocess.run(
                arguments, check=False, stdout=out, stderr=err, env=environment, timeout=READ_SECONDS
            )
            ended = f"the reader ended with {done.returncode}"
        except subprocess.TimeoutExpired:
            ended = f"the reader was stopped after {READ_SECONDS} s"
    last = errors.read_text("utf-8", "replace").strip().splitlines()[-1:]
    return output.read_text("utf-8", "replace"), ": ".join([f"no report, {ended}", *last])


def judge(case: Case, reported: dict[str, str | None], missing: str, folder: Path) -> str | None:
    """Why this object does not pass, or None."""
    reason = reported.get(case.id, missing)
    if reason is None and (folder / case.id).read_bytes() != objects.plaintext(case):
        return "the plaintext is different"
    return reason


def read_all(
    reader: str, made: dict[Case, dict[str, Any]], folder: Path, environment: dict[str, str]
) -> list[Result]:
    """The results of one reader for all objects that it supports."""
    supported = [case for case in made if READERS[reader](case)]
    (folder / reader).mkdir()
    output, missing = start(reader, [made[case] for case in supported], folder, environment)
    reported = reports(output)
    return [Result(reader, case, judge(case, reported, missing, folder / reader)) for case in supported]
