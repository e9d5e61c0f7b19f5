"""Salvage: a new store of the lines that can still be read of another, which is damaged or of a schema that is too old.

The other one stays as it is. What was made of lines is made anew; what people wrote is taken over.
"""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import closing, suppress
from pathlib import Path

from logtrace.errors import StoreError
from logtrace.health import Salvaged
from logtrace.ingest.files import sources
from logtrace.ingest.settings import DEFAULTS, Settings
from logtrace.jobs.assembly.assemble import assemble
from logtrace.jobs.intake.handler import Handler
from logtrace.jobs.intake.known_sources import KnownSources
from logtrace.jobs.intake.recognise import recognise
from logtrace.jobs.intake.reread import read_anew
from logtrace.jobs.workers.pool import make_pool
from logtrace.store.damage.carved import wreck_of
from logtrace.store.damage.salvage import Text, Wreck, adopt, count
from logtrace.store.file.database import lock_of, require_store, writing
from logtrace.store.writing.writer import SourceRow, Writer

UNPLACED = "lost-and-found"
"""The source of lines of which nothing tells any more where they were read."""


def new_place(store: Path) -> Path:
    """Where the new store is made."""
    return store.with_name(f"{store.name}.repaired")


def salvage(store: Path) -> Salvaged:
    """Makes the new store beside the other. Raises StoreError where that can't be read at all, where there is one already,
    or where it can't be written; what was half made is gone then."""
    require_store(store)
    place = new_place(store)
    if place.exists():
        raise StoreError(f"there is a store at {place} already", "move it away, or use it: --store names it")
    part = place.with_name(f"{place.name}.part")
    _remove(part)
    try:
        with writing(store), writing(part):
            wreck, texts = wreck_of(store)
            with closing(wreck):
                done = _salvaged(wreck, texts, part)
        part.rename(place)
    finally:
        _remove(part)
    return done._replace(path=str(place))


def _remove(part: Path) -> None:
    for path in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm", "-journal")), lock_of(part)):
        with suppress(FileNotFoundError):
            path.unlink()


def _salvaged(wreck: Wreck, pieces: list[Text], part: Path) -> Salvaged:
    known, texts = wreck.sources(), defaultdict[int, list[Text]](list)
    for text in pieces:
        texts[text.source if text.source in known else -text.source].append(text)
    pruned = bool(wreck.written("dropped")[1]) or any(text.state == "gone" for text in pieces)
    again = [source for source in known.values() if _lacks_lines(source, texts[source.id], pruned) and _is_still_there(source)]
    if not again and all(text.state not in ("whole", "gone") for text in pieces):
        raise StoreError(f"no line can be read of {wreck.path}", "ingest the logs into another store: --store names it")
    for source in again:
        texts.pop(source.id, None)
    lost = [text for found in texts.values() for text in found if text.state == "lost"]
    with closing(Writer(part)) as writer, closing(make_pool(Handler, os.path.getsize(wreck.path) * 8)) as pool:
        writer.begin()
        for key, found in texts.items():
            if rest := [text for text in found if text.state != "lost"]:
                _write(writer, wreck, known.get(key) or _unplaced(key), rest)
        adopt(writer, wreck)
        writer.commit()
        read_anew(writer, pool, {})
        assemble(writer, pool, 0)
        pool.close()
        made = count(writer)
        notes, pins, learned = (wreck.missing(writer, table) for table in ("note", "pin", "learned"))
    unplaced = sum(len(found) for key, found in texts.items() if key <= 0) - sum(text.source not in known for text in lost)
    return Salvaged("", *made, len(lost), unplaced, tuple(source.path for source in again), notes, pins, learned)


def _lacks_lines(source: SourceRow, texts: list[Text], pruned: bool) -> bool:
    """Whether lines of a source are lost: a piece is, or (where no piece ever went on purpose) one is missing."""
    if any(text.state == "lost" for text in texts):
        return True
    expected = 1
    for text in texts:
        if text.first_line != expected and not pruned:
            return True
        expected = text.first_line + text.lines
    return expected != source.lines + 1 and not pruned


def _is_still_there(source: SourceRow) -> bool:
    """Whether all that was read of a source can be read again."""
    if source.kind in ("tar", "zip", "stdin") or not os.path.isfile(source.path):
        return False
    opened = [each for each in sources.inspect(source.path) if isinstance(each, sources.Opened)]
    return any(recognise(each, KnownSources([source])).source is not None for each in opened)


def _unplaced(key: int) -> SourceRow:
    return SourceRow(0, f"{UNPLACED}{key or ''}.log", "file", None, 0, 0, 0, 0, None, 0, DEFAULTS.text())


def _write(writer: Writer, wreck: Wreck, source: SourceRow, texts: list[Text]) -> None:
    """Writes a source with its texts. Lines keep their numbers, where those are known."""
    source = source._replace(settings=_settings(source.settings))
    source = source._replace(id=writer.add_source(source.path, source.kind, source.settings))
    line = 1
    for text in (text for text in texts if text.state != "gone"):
        if text.state == "too_long":
            writer.add_rejected([(text.chunk, "too_long", "[0]")])
        chunk = (text.chunk, text.lines, 0, 0, None, None, text.size, text.lines, wreck.packed(text.chunk))
        line = writer.add_chunks(source.id, max(line, text.first_line), [chunk])
    writer.update_source(source._replace(lines=max(source.lines, line - 1)))


def _settings(text: str) -> str:
    """Those of a source as this version writes them."""
    try:
        return Settings.of_text(text).text()
    except ValueError:
        return DEFAULTS.text()
