"""Versions: of what the program runs on, and of the store's schema."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from importlib import metadata

from logtrace.errors import StoreError
from logtrace.jobs.checkups._checkup import Patient, Told, note, trouble, well
from logtrace.patterns import lazy_pattern
from logtrace.store.file.database import MIN_SQLITE, sqlite_version
from logtrace.store.file.health import version
from logtrace.store.file.migrate import backup_of, can_migrate
from logtrace.store.file.schema import SCHEMA_VERSION

_REQUIRED = lazy_pattern(r"([\w.-]+)>=([\d.]+)$")


def check(patient: Patient) -> Iterator[Told]:
    """The versions, what is too old, and what the schema of the store means."""
    told = ".".join(map(str, sqlite_version()))
    yield well(f"logtrace {_own()} on Python {platform.python_version()}, SQLite {told}")
    if sqlite_version() < MIN_SQLITE:
        yield trouble(
            f"SQLite {told} is too old: 3.38 or newer is needed", "take a newer Python, or build it with a newer SQLite"
        )
    for name, wanted, found in _too_old():
        yield trouble(f"{name} {found} is older than {wanted}", f"pip install --upgrade '{name}>={wanted}'")
    if patient.store is not None:
        yield from _schema(patient)


def _own() -> str:
    try:
        return metadata.version("logtrace")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _too_old() -> Iterator[tuple[str, str, str]]:
    """(library, version needed, version found) of what does not do."""
    try:
        required = metadata.requires("logtrace") or []
    except metadata.PackageNotFoundError:  # not installed: run from its folder
        return
    for name, wanted in (found.groups() for found in map(_REQUIRED.match, required) if found):
        found = metadata.version(name)
        if _numbers(found) < _numbers(wanted):
            yield name, wanted, found


def _numbers(text: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", text)[:3]]


def _schema(patient: Patient) -> Iterator[Told]:
    path = patient.store
    assert path is not None
    try:
        found = version(path)
    except StoreError:
        return  # integrity says so
    if not found:
        yield trouble(f"{path} is an SQLite file, but no logtrace store", "name another file with --store")
    elif found == SCHEMA_VERSION:
        yield well(f"the store has schema {found}, which is that of this logtrace")
    elif found > SCHEMA_VERSION:
        yield trouble(f"the store has schema {found}; this logtrace knows schemas up to {SCHEMA_VERSION}", "upgrade logtrace")
    elif can_migrate(found):
        yield note(
            f"the store has schema {found}: the next verb brings it to {SCHEMA_VERSION} and keeps it as it is beside itself,"
            f" as {backup_of(path, found).name}"
        )
    else:
        yield trouble(f"the store has schema {found}, which this logtrace can't read", "logtrace doctor --repair makes a new one")
