"""Trace ids in lines that somebody pipes: log lines as `grep` gives them, or ids alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from logtrace.ingest.records import Decoder
from logtrace.model import Record
from logtrace.patterns import lazy_pattern
from logtrace.store.search.wanted import wanted

_BARE = lazy_pattern(r"\b(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b", re.ASCII | re.IGNORECASE)
_GREP = lazy_pattern(r"^[^\s{]*?[:-](?:\d+[:-])?(?=\{)")
"""What grep -H and -n put before a line."""


def ids_in_lines(piped: Iterable[str]) -> list[str]:
    """The distinct trace ids that lines name, in order: of a log line its own; of any other the ids that stand in it, or all
    of it where it is one word with a digit."""
    decoder = Decoder()
    decoder.source("")
    found: dict[str, None] = {}
    for line in piped:
        found.update(dict.fromkeys(_in_line(decoder, _GREP.sub("", line.strip()))))
    return list(found)


def _in_line(decoder: Decoder, line: str) -> Iterator[str]:
    records = [record for _, record, _ in decoder.lines(line.encode("utf-8", "surrogateescape")) if isinstance(record, Record)]
    yield from (str(record.trace) for record in records if record.trace is not None)
    if not records:
        bare = _BARE.findall(line)
        yield from (wanted(text).digits for text in bare)
        if not bare and len(line.split()) == 1 and any(map(str.isdigit, line)):
            yield line
