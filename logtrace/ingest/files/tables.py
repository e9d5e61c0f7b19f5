"""Tables: logs as their stores export them to CSV (Grafana, Datadog, CloudWatch Logs, Kibana, Splunk, Azure, Google Cloud), read
as lines of JSON.

    "@timestamp","@message"                                  (a blank line)
    "2025-03-14 09:26:53.301","{""msg"":""done""}"     →     {"@timestamp":"2025-03-14 09:26:53.301","@message":"{…}"}

Each row stands on the line of its number: blank lines stand for the header, and for the further lines of a row.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple, Protocol

import orjson

from logtrace.ingest.vocabulary.aliases import ALIASES
from logtrace.ingest.vocabulary.mend import dumped
from logtrace.ingest.vocabulary.pairs import scalar
from logtrace.model import plain_key
from logtrace.patterns import lazy_pattern

HEAD = 8_192
"""So many of the first bytes hold a header."""

_CHUNK, _TOGETHER = 1 << 18, 256
_LONGEST_ROW = 1 << 20
"""Bytes; what is longer has a quote too many: its first line is a row by itself."""

_NAME = rb'(?:"[^"\n]{1,200}"|[@A-Za-z_][\w.@/ \[\]()-]{0,120})'
_HEADER = lazy_pattern(rb"(?:\xef\xbb\xbf)?%b(?:([,;\t])%b)(?:\1%b)*\r?\n" % (_NAME, _NAME, _NAME))
_ZONE = lazy_pattern(r" \[UTC\]$")
_GROUPED = lazy_pattern(r"\d{1,3}(?:,\d{3})+")
"""A number as Kibana writes it for people."""


_EMPTY = ("", "-")
_TEXTS = frozenset(
    map(plain_key, ("message", "msg", "@message", "line", "_raw", "log", "body", "content", "textPayload", "text"))
)
_TELLING = _TEXTS.union(map(plain_key, (*ALIASES["trace"], "jsonPayload.message", "jsonPayload.trace_id")))
_TIMES = frozenset(map(plain_key, (*ALIASES["time"], "tsNs")))


class Source(Protocol):
    """What is read from."""

    def read(self, size: int, /) -> bytes: ...


class Table(NamedTuple):
    """What a header tells: what parts the cells, the names of the columns, how the cells of a row become an object."""

    between: str
    names: tuple[str, ...]
    shaped: Callable[[dict[str, Any]], dict[str, Any]]


def table_of(head: bytes) -> Table | None:
    """The table of a file that begins like this; None where its first line is no header with a time and a message or a trace."""
    header = _HEADER.match(head)
    if header is None:
        return None
    between = header[1].decode()
    told = next(csv.reader([header[0].decode("utf-8-sig", "replace").rstrip("\r\n")], delimiter=between))
    names = tuple(_ZONE.sub("", name) for name in told)
    plain = set(map(plain_key, names))
    if len(set(names)) < len(names) or plain.isdisjoint(_TELLING) or plain.isdisjoint(_TIMES):
        return None
    return Table(between, names, next((shaped for sign, shaped in _SHAPES if sign <= set(names)), dict))


class Rows:
    """The rows of a table as lines of JSON."""

    def __init__(self, inner: Source, table: Table) -> None:
        self._inner = inner
        self._table = table
        self._texts = {name for name in table.names if plain_key(name) in _TEXTS}
        self._lines = self._made()
        self._ready = b""
        csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_ROW))

    def read1(self, size: int, /) -> bytes:
        """Up to so many bytes, b"" at the end."""
        while not self._ready:
            ready = next(self._lines, None)
            if ready is None:
                return b""
            self._ready = ready
        data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def _made(self) -> Iterator[bytes]:
        """The lines of rows, some at a time."""
        rows = _rows(self._inner)
        yield b"\n" * len(next(rows, ()))  # the header
        while some := list(islice(rows, _TOGETHER)):
            yield b"".join(map(self._line, some))

    def _line(self, row: list[bytes]) -> bytes:
        """A row, which may stand on several lines, in as many. One that is cut off at the end of the file stays as it is."""
        text = b"".join(row)
        if text[-1:] != b"\n" and text.count(b'"') % 2:
            return text
        try:
            cells = next(csv.reader([text.decode("utf-8", "replace").rstrip("\r\n")], delimiter=self._table.between), [])
        except csv.Error:
            return text
        names = self._table.names
        if not cells or tuple(cells) == names:
            return b"\n" * len(row)
        names += tuple(f"column {number + 1}" for number in range(len(names), len(cells)))
        told = {name: self._value(name, cell) for name, cell in zip(names, cells, strict=False) if cell not in _EMPTY}
        return dumped(self._table.shaped(told)) + b"\n" * (len(row) - (text[-1:] != b"\n"))

    def _value(self, name: str, cell: str) -> Any:
        """What a cell holds: text in a column of messages; an object, a number or a word of JSON elsewhere."""
        if name in self._texts:
            return cell
        if cell[0] in "{[":
            try:
                return orjson.loads(cell)
            except orjson.JSONDecodeError:
                return cell
        return int(cell.replace(",", "")) if _GROUPED.fullmatch(cell) else scalar(cell)


def _rows(inner: Source) -> Iterator[list[bytes]]:
    """The lines of each row: it ends with a line in which no quote is open. A row that does not end is as many rows as lines."""
    lines = _lines(inner)
    again = deque[bytes]()
    row: list[bytes] = []
    size, is_open = 0, False
    while True:
        line = again.popleft() if again else next(lines, None)
        if line is None and not row:
            return
        if line is not None:
            row.append(line)
            size += len(line)
            is_open ^= line.count(b'"') % 2 == 1
        if not is_open:
            yield row
        elif line is None or size > _LONGEST_ROW:
            yield row[:1]
            again.extendleft(reversed(row[1:]))
        else:
            continue
        row, size, is_open = [], 0, False


def _lines(inner: Source) -> Iterator[bytes]:
    """Lines with their ends."""
    held = b""
    while data := inner.read(_CHUNK):
        *lines, held = (held + data).split(b"\n")
        yield from (line + b"\n" for line in lines)
    if held:
        yield held


def _of_loki(row: dict[str, Any]) -> dict[str, Any]:
    """A line with its labels, of which some may be structured metadata (Grafana)."""
    labels = row.get("labels")
    labels = labels if isinstance(labels, dict) else {}
    kinds = row.get("labelTypes")
    metadata = {key for key, kind in kinds.items() if kind == "S"} if isinstance(kinds, dict) else set()
    return {
        "labels": {key: value for key, value in labels.items() if key not in metadata},
        "structuredMetadata": {key: value for key, value in labels.items() if key in metadata},
        "line": row.get("Line", row.get("line", "")),
        "timestamp": str(row.get("tsNs", row.get("Time", ""))),
    }


def _of_splunk(row: dict[str, Any]) -> dict[str, Any]:
    return {"result": row}


def _of_datadog(row: dict[str, Any]) -> dict[str, Any]:
    """A line whose attributes have an @ before their names."""
    return {name.removeprefix("@"): value for name, value in row.items()}


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    """An entry of Google Cloud, of which the columns are paths."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        group, dot, rest = name.partition(".")
        if group == "resource" and rest.startswith("labels."):
            found.setdefault("resource", {}).setdefault("labels", {})[rest.removeprefix("labels.")] = value
        elif dot and group in ("jsonPayload", "httpRequest", "labels", "resource"):
            found.setdefault(group, {})[rest] = value
        else:
            found[name] = value
    return found


_SHAPES: tuple[tuple[frozenset[str], Callable[[dict[str, Any]], dict[str, Any]]], ...] = (
    (frozenset({"Line", "labels"}), _of_loki),
    (frozenset({"_raw", "_time"}), _of_splunk),
    (frozenset({"insertId", "logName", "timestamp"}), _nested),
    (frozenset({"Date", "Service"}), _of_datadog),
)
"""Columns → how a row becomes the object that an envelope takes off."""
