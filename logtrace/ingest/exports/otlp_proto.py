"""OTLP as protobuf: one message (TracesData, LogsData or a request), or many, each behind its length in four bytes, as the
collector's file exporter writes them. Source: opentelemetry-proto; protobuf encoding.

    field 1 (resource spans)        field 1 (resource)
                                    field 2 (scope spans)       field 1 (scope)
                                                                field 2 (span)

Messages are walked by their lengths, so that none but a span has to fit into memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from logtrace.errors import UsageError
from logtrace.ingest.exports._import import Import
from logtrace.ingest.exports.json_parts import MOST, BrokenError, Read
from logtrace.ingest.exports.resources import Resources

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_WHOLE = 1 << 62


def lines(read: Read) -> Iterator[bytes]:
    """A line for each span and log record."""
    source = _Source(read)
    if source.peek(1) == b"\0":
        while source.peek(1):
            length = int.from_bytes(source.take(4), "big")
            yield from _message(source, source.at + length)
    else:
        yield from _message(source, _WHOLE)


class _Source:
    """Bytes in order; at: how many are gone."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._text = b""
        self._from = 0
        self.at = 0

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer at the end."""
        while len(self._text) - self._from < size and (more := self._read(1 << 20)):
            self._text, self._from = self._text[self._from :] + more, 0
        return self._text[self._from : self._from + size]

    def take(self, size: int) -> bytes:
        """The next bytes. Raises BrokenError where there are fewer."""
        if size > MOST:
            raise BrokenError(f"what begins there is larger than {MOST >> 20} MB, or no protobuf", self.at)
        found = self.peek(size)
        if len(found) < size:
            raise BrokenError("it is cut off, or no protobuf", self.at + len(found))
        self._from += size
        self.at += size
        return found

    def varint(self) -> int:
        """A number."""
        value = 0
        for shift in range(0, 70, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise BrokenError("what stands there is no protobuf", self.at)


def _fields(source: _Source, end: int) -> Iterator[tuple[int, int]]:
    """(number, length) of the fields of bytes up to a place; those of other kinds are passed over. Whoever takes one takes all of
    its bytes."""
    while source.at < end and source.peek(1):
        number, kind = divmod(source.varint(), 8)
        if kind == _BYTES:
            length = source.varint()
            if source.at + length > end:
                raise BrokenError("what stands there is no protobuf", source.at)
            yield number, length
        elif kind in (_VARINT, _EIGHT, _FOUR):
            source.varint() if kind == _VARINT else source.take(8 if kind == _EIGHT else 4)
        else:
            raise BrokenError("what stands there is no protobuf", source.at)
    if end != _WHOLE and source.at < end:
        raise BrokenError("it is cut off", source.at)


def _message(source: _Source, end: int) -> Iterator[bytes]:
    classes = _classes()
    for number, length in _fields(source, end):
        if number == 1:
            yield from _resource(source, source.at + length, classes)
        else:
            source.take(length)


def _resource(source: _Source, end: int, classes: dict[str, Any]) -> Iterator[bytes]:
    made = Resources()
    for number, length in _fields(source, end):
        if number == 1:
            made.resource(_json(classes["resource"], source.take(length), source.at))
        elif number == 2:
            yield from _scope(source, source.at + length, made, classes)
        else:
            source.take(length)
    yield from made.resource_ends()


def _scope(source: _Source, end: int, made: Resources, classes: dict[str, Any]) -> Iterator[bytes]:
    for number, length in _fields(source, end):
        if number == 1:
            made.scope(_json(classes["scope"], source.take(length), source.at))
        elif number == 2:
            yield from made.add(*_member(source.take(length), source.at, classes))
        else:
            source.take(length)
    yield from made.scope_ends()


def _member(data: bytes, at: int, classes: dict[str, Any]) -> tuple[str, bytes]:
    """A span, or a log record: its first field is a time of eight bytes, that of a span an id."""
    kind = "logs" if data[:1] in (b"\x09", b"\x59") else "spans"
    return kind, _json(classes[kind], data, at)


def _json(message: Callable[[], Any], data: bytes, at: int) -> bytes:
    from google.protobuf.json_format import MessageToDict
    from google.protobuf.message import DecodeError

    made = message()
    try:
        made.ParseFromString(data)
    except DecodeError as error:
        raise BrokenError("what ends there is no protobuf of OTLP", at) from error
    return orjson.dumps(MessageToDict(made, use_integers_for_enums=True))


def _classes() -> dict[str, Any]:
    """The official classes. Raises UsageError where they are missing."""
    try:
        from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
        from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
        from opentelemetry.proto.resource.v1.resource_pb2 import Resource
        from opentelemetry.proto.trace.v1.trace_pb2 import Span
    except ImportError as error:
        raise UsageError("OTLP as protobuf needs the protocol's library", "pip install 'logtrace[otlp]'") from error
    return {"resource": Resource, "scope": InstrumentationScope, "spans": Span, "logs": LogRecord}


IMPORT = Import("otlp-proto", "OTLP as protobuf, one message or many", lambda head: head[:1] in (b"\n", b"\0"), lines)
