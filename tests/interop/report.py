"""Prints the outcome: a table of profiles and readers, a line for every failure, and the closing
line with the counts."""

from collections import defaultdict

from matrix import Case, Profile, profiles, writers
from reading import Result

WIDTH = 50


def label(profile: Profile) -> str:
    """A profile in a row of the table."""
    return f"{profile.name}, {profile.endpoint}"


def chosen(readers: list[str]) -> list[Profile]:
    """The profiles of a run with these readers."""
    return [profile for profile in profiles() if profile.writer in writers(readers)]


def cell(results: list[Result]) -> str:
    if not results:
        return "-"
    failed = sum(result.reason is not None for result in results)
    return f"{len(results) - failed} ok / {failed} failed"


def table(results: list[Result], readers: list[str]) -> None:
    """One row for each profile, one column for each reader; `-` where a reader has no such support."""
    cells: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        cells[label(result.case.profile), result.reader].append(result)
    print(f"{'profile':{WIDTH}}" + "".join(f"{reader:18}" for reader in readers).rstrip())
    for profile in chosen(readers):
        row = (f"{cell(cells[label(profile), reader]):18}" for reader in readers)
        print(f"{label(profile):{WIDTH}}" + "".join(row).rstrip())


def idle(results: list[Result], readers: list[str]) -> list[str]:
    """Readers and profiles that are part of the run but had no object at all."""
    busy = {result.reader for result in results} | {label(result.case.profile) for result in results}
    expected = [f"reader {reader}" for reader in readers]
    expected += [f"profile {label(profile)}" for profile in chosen(readers)]
    return [f"{name}: no object was read" for name in expected if name.split(" ", 1)[1] not in busy]


def finish(results: list[Result], unmade: dict[Case, str], readers: list[str]) -> bool:
    """Print everything; true if nothing failed."""
    table(results, readers)
    failures = [f"{case.id}: not made: {reason}" for case, reason in unmade.items()]
    failures += [f"{result.case.id}: {result.reader}: {result.reason}" for result in results if result.reason]
    failures += idle(results, readers)
    passed = sum(result.reason is None for result in results)
    print("", *failures, sep="\n")
    print(f"{passed} passed, {len(failures)} failed")
    return not failures
