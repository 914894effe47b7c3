"""Makes what a run needs under target/interop, once for each state of its inputs: a Python
environment for each endpoint that comes as a package and for each Python client, and the compiled
Java client. Two runs at a time wait for each other."""

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUTPUT = HERE.parents[1] / "target" / "interop"
JAVA = OUTPUT / "java"


class CannotPrepare(Exception):
    """A tool is missing or an installation failed."""


def python(environment: str) -> Path:
    """The Python of an environment."""
    return OUTPUT / "venv" / environment / "bin" / "python"


def call(command: list[str], purpose: str) -> None:
    """Run a command that prints only when it fails."""
    try:
        done = subprocess.run(
            command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except FileNotFoundError:
        raise CannotPrepare(f"{purpose}: {command[0]} is not installed") from None
    if done.returncode:
        raise CannotPrepare(f"{purpose}: {' '.join(command)} failed:\n{done.stdout}")


def fingerprint(inputs: list[Path]) -> str:
    """Changes whenever an input or the Python version does."""
    digest = hashlib.sha256(sys.version.encode())
    for path in inputs:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_current(folder: Path, inputs: list[Path]) -> bool:
    stamp = folder / "stamp"
    return stamp.is_file() and stamp.read_text() == fingerprint(inputs)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """No other run prepares anything during the with block."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with (OUTPUT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def environment(name: str) -> None:
    """A Python environment with exactly the packages of requirements/NAME.txt."""
    folder, requirements = OUTPUT / "venv" / name, HERE / "requirements" / f"{name}.txt"
    if is_current(folder, [requirements]):
        return
    print(f"preparing the Python environment {name}", flush=True)
    try:
        venv.create(folder, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise CannotPrepare(f"Python environment {name}: {problem}") from problem
    call(
        [str(python(name)), "-m", "pip", "install", "-q", "-r", str(requirements)],
        f"Python environment {name}",
    )
    (folder / "stamp").write_text(fingerprint([requirements]))


def java_client() -> None:
    """The class files of java/ and the libraries they need."""
    call(["java", "-version"], "client java")
    project = HERE / "java"
    inputs = [project / "pom.xml", *sorted(project.glob("src/**/*.java"))]
    if is_current(JAVA, inputs):
        return
    print("building the Java client", flush=True)
    shutil.rmtree(JAVA, ignore_errors=True)
    call(["mvn", "-q", "-B", "-f", str(project / "pom.xml"), "compile"], "client java")
    (JAVA / "stamp").write_text(fingerprint(inputs))


def everything(programs: list[str]) -> None:
    """What these programs need: endpoints and clients, by name."""
    with alone():
        for program in programs:
            if program == "java":
                java_client()
            elif not program.startswith("cse"):
                environment(program)
