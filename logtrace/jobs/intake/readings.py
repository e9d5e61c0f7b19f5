"""When lines came: noted after each ingest, because a time to live counts from it."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from pathlib import Path

from logtrace.errors import StoreError
from logtrace.store.file.database import writing
from logtrace.store.upkeep.preserve import note_readings
from logtrace.store.writing.writer import Writer


def note_read(store: Path) -> None:
    """Notes that all lines of a store are there now. Where another process writes it, the next one notes it: later, and so
    nothing goes too early."""
    with suppress(StoreError), writing(store), closing(Writer(store)) as writer:
        writer.begin()
        note_readings(writer, time.time_ns())
        writer.commit()
