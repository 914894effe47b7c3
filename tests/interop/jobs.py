"""Starts other clients' programs on jobs: a job is a file that lists objects, and the program prints a
line for each of them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import prepare
from endpoint import Endpoint

SECONDS = 600


def java(main: str) -> list[str]:
    return ["java", "-cp", f"{prepare.JAVA}/classes:{prepare.JAVA}/lib/*", f"interop.{main}"]


def reader(client: str) -> list[str]:
    """How a reader is started."""
    if client == "java":
        return java("JavaReader")
    if client == "cse":
        return [sys.executable, str(prepare.HERE / "clients" / "cse_reader.py")]
    script = prepare.HERE / "clients" / f"{client.replace('-', '_')}_reader.py"
    return [str(prepare.python(client)), str(script)]


def writer(client: str) -> list[str]:
    """How a writer is started."""
    if client == "java":
        return java("JavaWriter")
    return [
        str(prepare.python(client)),
        str(prepare.HERE / "clients" / f"{client.replace('-', '_')}_writer.py"),
    ]


def reports(output: str) -> dict[str, str | None]:
    """Object id to the reason why it failed, or None where it did not."""
    found: dict[str, str | None] = {}
    for line in output.splitlines():
        state, _, rest = line.partition("\t")
        identifier, _, reason = rest.partition("\t")
        if state in ("ok", "failed"):
            found[identifier] = None if state == "ok" else reason or "no reason given"
    return found


def run(
    name: str, command: list[str], entries: list[dict[str, Any]], folder: Path, endpoint: Endpoint
) -> tuple[str, str]:
    """Run a program over a job; the answer is its output, and why it has no report for some objects."""
    job, results = folder / f"{name}.job.json", folder / name
    job.write_text(json.dumps({"objects": entries}), "utf-8")
    results.mkdir()
    output, errors = folder / f"{name}.out", folder / f"{name}.err"
    with output.open("w") as out, errors.open("w") as err:
        try:
            done = subprocess.run(
                [*command, str(job), str(results)],
                check=False,
                stdout=out,
                stderr=err,
                env=endpoint.environment(),
                timeout=SECONDS,
            )
            ended = f"the program ended with {done.returncode}"
        except subprocess.TimeoutExpired:
            ended = f"the program was stopped after {SECONDS} s"
    last = errors.read_text("utf-8", "replace").strip().splitlines()[-1:]
    return output.read_text("utf-8", "replace"), ": ".join([f"no report, {ended}", *last])
