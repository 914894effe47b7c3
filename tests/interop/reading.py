"""Lets the readers read the objects that they support and judges what they read: a reader passes an
object only if it says so and the plaintext file that it left is right, byte for byte."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jobs
import objects
from endpoint import Endpoint
from matrix import READERS, Case


@dataclass(frozen=True)
class Result:
    """What one reader made of one object; no reason means that it passed."""

    reader: str
    case: Case
    reason: str | None


def judge(case: Case, reported: dict[str, str | None], missing: str, folder: Path) -> str | None:
    """Why this object does not pass, or None."""
    reason = reported.get(case.id, missing)
    if reason is None and (folder / case.id).read_bytes() != objects.plaintext(case):
        return "the plaintext is different"
    return reason


def read_all(
    reader: str, made: dict[Case, dict[str, Any]], endpoints: dict[str, Endpoint], folder: Path
) -> list[Result]:
    """The results of one reader for all objects that it supports."""
    results = []
    client, *options = reader.split()
    for name, endpoint in endpoints.items():
        supported = [case for case in made if case.profile.endpoint == name and READERS[reader](case)]
        if not supported:
            continue
        run = f"{reader.replace(' --', '-')}-{name}"
        entries = [made[case] | {"reader_options": options} for case in supported]
        output, missing = jobs.run(run, jobs.reader(client), entries, folder, endpoint)
        reported = jobs.reports(output)
        results += [Result(reader, case, judge(case, reported, missing, folder / run)) for case in supported]
    return results
