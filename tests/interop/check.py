"""The run itself, in the endpoint's Python environment: start the endpoint, make all objects, let
every chosen reader read them, report. Exits with 1 if anything failed."""

import shutil
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

import endpoint
import objects
import prepare
import reading
import report
from matrix import Case, cases

RUN = prepare.OUTPUT / "run"


def make_all(maker: objects.Maker) -> tuple[dict[Case, dict[str, Any]], dict[Case, str]]:
    """The job entries of the objects that could be made, and why others could not."""
    made: dict[Case, dict[str, Any]] = {}
    unmade: dict[Case, str] = {}
    for case in cases():
        try:
            made[case] = maker.make(case)
        except Exception as error:  # any failure of one object is a result of the test
            unmade[case] = f"{type(error).__name__}: {error}"
    return made, unmade


def main(cse: Path, readers: list[str]) -> None:
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(parents=True)
    with endpoint.running(RUN / "endpoint.log") as server:
        made, unmade = make_all(objects.Maker(cse, server, RUN))
        print(f"{len(made)} objects made, {len(unmade)} not made", flush=True)
        results = []
        for reader in readers:
            results += reading.read_all(reader, made, RUN, server.environment())
    sys.exit(0 if report.finish(results, unmade, readers) else 1)


def stop(_number: int, _frame: object) -> NoReturn:
    """Leave through the with blocks, which end the endpoint and a running reader."""
    sys.exit("interrupted")


for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, stop)
main(Path(sys.argv[1]), sys.argv[2:])
