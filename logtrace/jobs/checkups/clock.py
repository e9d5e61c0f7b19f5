"""Times that can't be: a clock that is behind, lines of the future."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC
from pathlib import Path

from logtrace.errors import StoreError
from logtrace.jobs.checkups._checkup import Patient, Told, note, trouble, well
from logtrace.store.file.health import newest_ns
from logtrace.units import format_duration, format_instant

MARGIN_NS = 60 * 10**9


def check(patient: Patient) -> Iterator[Told]:
    """Whether this machine's clock is later than the program's own files and the newest line."""
    now = format_instant(patient.now_ns, UTC, 0)
    installed_ns = Path(__file__).stat().st_mtime_ns
    if patient.now_ns < installed_ns - MARGIN_NS:
        yield trouble(f"the clock says {now}, which is before logtrace was installed", "set the clock of this machine")
        return
    newest = None
    if patient.store is not None:
        with suppress(StoreError):  # integrity says so
            newest = newest_ns(patient.store)
    if newest is not None and newest > patient.now_ns + MARGIN_NS:
        ahead = format_duration(newest - patient.now_ns)
        yield note(
            f"the newest line is {ahead} ahead of the clock ({now}): a clock is wrong, or its zone is not what lines are read in",
            "logtrace ingest --input-tz ZONE names the zone of times without one; logtrace clocks compares hosts",
        )
    else:
        yield well(f"the clock says {now}{'' if newest is None else '; no line is later'}")
