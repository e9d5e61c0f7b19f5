"""Why logs gave no trace at all: what was looked for, what stands in the lines instead, what might be an id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from logtrace.ids import parse_trace_id
from logtrace.ingest import envelopes
from logtrace.ingest.formats.texts import read_text
from logtrace.ingest.vocabulary.aliases import ALIASES, CONTAINERS
from logtrace.model import plain_key
from logtrace.store.reading.lines import chunks, useless_sources
from logtrace.store.reading.reader import FragmentReader
from logtrace.units import counted

CHUNKS = 32
"""So many chunks of lines, spread evenly over all, are looked at: enough for counts that persuade."""

LINES = 10_000
"""So many of each: as many as a chunk of lines of some length has, of which none is left out."""

KEYS = 12
_TRACE_KEYS = frozenset(map(plain_key, ALIASES["trace"]))
_ID_WORDS = ("traceparent", "guid", "uuid", "correlation")


def explain(reader: FragmentReader) -> tuple[str, ...]:
    """Sentences about the sources of a store of which no line belongs to a trace; () where there is no such source."""
    ids = [chunk_id for found in useless_sources(reader).values() for chunk_id in found]
    if not ids:
        return ()
    step = -(-len(ids) // CHUNKS)
    return tuple(_sentences(Seen(line for chunk in chunks(reader, ids[::step]) for line in _beginning(chunk.data))))


def _beginning(data: bytes) -> Iterator[bytes]:
    """The first lines of a chunk that are not blank."""
    return islice((line for line in data.split(b"\n") if line.strip()), LINES)


class Seen:
    """What stands in lines: objects is the number of JSON objects, records that of lines with keys in any format, keys
    counts the keys in them (those in containers such as `fields` as well), values has up to 1,000 different values a key
    that may be an id."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.lines = self.objects = self.records = 0
        self.keys: Counter[str] = Counter()
        self.values: dict[str, set[str]] = {}
        self.example = ""
        for line in lines:
            self._add(line)

    def _add(self, line: bytes) -> None:
        self.lines += 1
        unwrapped = envelopes.unwrap(line.decode("utf-8", "replace"))
        record = unwrapped.record
        if record is None and (text := read_text(unwrapped.text)) is not None:
            record = text[1]
        if record is None:
            self.example = self.example or line.decode("utf-8", "replace")[:100]
            return
        self.objects += unwrapped.record is not None
        self.records += 1
        for key, value in _leaves(record):
            self.keys[key] += 1
            if _may_be_id(key) and isinstance(value, (str, int)) and len(known := self.values.setdefault(key, set())) < 1000:
                known.add(str(value))


def _leaves(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from ((inner if key in CONTAINERS else f"{key}.{inner}", v) for inner, v in value.items())
        else:
            yield key, value


def _may_be_id(key: str) -> bool:
    name = plain_key(key)
    return name in _TRACE_KEYS or any(word in name for word in _ID_WORDS) or name.endswith("id")


def _sentences(seen: Seen) -> Iterator[str]:
    """What was found, what is missing, what may help."""
    yield f"no line names a trace: looked at {counted(seen.lines, 'line')}, {seen.objects:,} of them JSON objects"
    if seen.records < seen.lines:
        yield f"{counted(seen.lines - seen.records, 'line')} of text without `trace_id=…`, the first: {seen.example}"
    if not seen.records:
        return
    keys = ", ".join(f"{key} ({count:,})" for key, count in seen.keys.most_common(KEYS))
    yield f"their keys: {keys}" if keys else "they have no keys"
    empty = [key for key in seen.values if plain_key(key) in _TRACE_KEYS]
    if empty:
        yield f"{', '.join(empty)}: there, but never with an id (empty, null or zeros)"
    else:
        known = ", ".join(ALIASES["trace"][:4])
        yield f"missing: a trace id under one of {known} … (any spelling), or `trace_id=…` in the message"
    if candidates := _candidates(seen):
        yield f"these look like ids: {'; '.join(candidates)}. If all services name one of them: --trace-key"


def _candidates(seen: Seen) -> list[str]:
    """Keys that hold ids of something, most telling first: those that many lines share."""
    found: list[tuple[int, str]] = []
    for key, values in seen.values.items():
        texts = sorted(value for value in values if parse_trace_id(value) is not None)
        if plain_key(key) not in _TRACE_KEYS and len(texts) > 1:
            many = f"{len(texts):,}" if len(texts) < 1000 else "over 1,000"
            found.append((-seen.keys[key], f"{key} ({seen.keys[key]:,} lines, {many} values such as {texts[0]})"))
    return [text for _, text in sorted(found)][:3]
