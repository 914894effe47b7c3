"""The run itself, in the endpoint's Python environment: start the endpoints, make all objects, let
every chosen reader read them, report. Exits with 1 if anything failed."""

import shutil
import signal
import sys
from pathlib import Path

import endpoint
import prepare
import rclone
import reading
import report
import sandbox
import writing
from matrix import MOTO, RCLONE, SANDBOX, cases, writers

RUN = prepare.OUTPUT / "run"


def main(cse: Path, readers: list[str]) -> None:
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(parents=True)
    with (
        endpoint.running(RUN / "endpoint.log") as moto,
        sandbox.running(cse, RUN / "sandbox.log") as second,
        rclone.running(RUN / "rclone.log", moto) as third,
    ):
        endpoints = {MOTO: moto, SANDBOX: second, RCLONE: third}
        made, unmade = writing.write_all(cases(writers(readers)), cse, endpoints, RUN)
        print(f"{len(made)} objects made, {len(unmade)} not made", flush=True)
        results = []
        for reader in readers:
            results += reading.read_all(reader, made, endpoints, RUN)
    sys.exit(0 if report.finish(results, unmade, readers) else 1)


for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, endpoint.stop)
main(Path(sys.argv[1]), sys.argv[2:])
