"""Lets every writer write its objects: `cse seal`, `cse put` and `cse rewrap` one by one, and the
others by a program of their own for all objects of an endpoint."""

from pathlib import Path
from typing import Any

import jobs
import objects
import storing
from endpoint import Endpoint
from matrix import OURS, SEAL, Case

Made = dict[Case, dict[str, Any]]
Unmade = dict[Case, str]


def write_one(maker: objects.Maker, case: Case, item: dict[str, Any]) -> None:
    """An object of ours."""
    if case.profile.writer == SEAL:
        maker.seal_and_upload(case, item)
    else:
        storing.put(maker.cse, case, item, maker.keys)


def write_by(writer: str, where: str, items: Made, endpoint: Endpoint, folder: Path) -> Unmade:
    """The objects of one of the others on an endpoint; the answer is what it could not write, and why."""
    client, name = writer.split()[0], f"{writer.replace(' ', '-')}-writer-{where}"
    output, missing = jobs.run(name, jobs.writer(client), list(items.values()), folder, endpoint)
    reported = jobs.reports(output)
    reasons = {case: reported.get(case.id, missing) for case in items}
    return {case: reason for case, reason in reasons.items() if reason is not None}


def write_all(
    chosen: list[Case], cse: Path, endpoints: dict[str, Endpoint], folder: Path
) -> tuple[Made, Unmade]:
    """The job entries of the objects that could be made, and why others could not."""
    maker = objects.Maker(cse, endpoints, folder)
    made: Made = {}
    unmade: Unmade = {}
    others: dict[tuple[str, str], Made] = {}
    for case in chosen:
        try:
            made[case] = maker.prepare(case)
            if case.profile.writer in OURS:
                write_one(maker, case, made[case])
            else:
                others.setdefault((case.profile.writer, case.profile.endpoint), {})[case] = made[case]
        except Exception as error:  # noqa: BLE001 -- any failure of one object is a result of the test
            unmade[case] = f"{type(error).__name__}: {error}"
    for (writer, where), items in others.items():
        unmade |= write_by(writer, where, items, endpoints[where], folder)
    return {case: item for case, item in made.items() if case not in unmade}, unmade
