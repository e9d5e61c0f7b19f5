"""Jaeger's JSON: what its UI downloads and its API answers, bare traces, and spans as Elasticsearch keeps them."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from logtrace.ingest.exports._import import HEAD, Import, one_line
from logtrace.ingest.exports.held import Held
from logtrace.ingest.exports.json_parts import Path, Read, parts
from logtrace.ingest.vocabulary.mend import dumped
from logtrace.patterns import lazy_pattern

_TRACES: tuple[Path, ...] = (("data", "*"), (), ("*",))
_SPANS = frozenset((*path, "spans", "*") for path in _TRACES)
_WANTED = _SPANS.union((*path, "processes") for path in _TRACES)
_MARK = lazy_pattern(rb'"(operationName|processes|spans)"\s*:')
_TRACE = lazy_pattern(rb'"(data|spans|processes)"\s*:')


def lines(read: Read) -> Iterator[bytes]:
    """A line for each span, with its process in it."""
    head = read(HEAD)
    again = _again(head, read)
    return _of_traces(again) if _TRACE.search(head) else _of_spans(again)


def _again(head: bytes, read: Read) -> Read:
    """Reads what was read already, then the rest."""
    left = [head]
    return lambda size: left.pop() if left else read(size)


def _of_spans(read: Read) -> Iterator[bytes]:
    return (one_line(text) for _, text, _ in parts(read, {(), ("*",)}) if text is not None)


def _of_traces(read: Read) -> Iterator[bytes]:
    held, processes = Held(), dict[str, bytes]()
    for path, text, _ in parts(read, _WANTED, _TRACES):
        if text is None:
            yield from (_with_process(span, processes) for span in held.taken())
            processes = {}
        elif path in _SPANS and processes:
            yield _with_process(one_line(text), processes)
        elif path in _SPANS:
            held.add(one_line(text))
        else:
            processes = {key: dumped(value) for key, value in orjson.loads(text).items()}


def _with_process(span: bytes, processes: dict[str, bytes]) -> bytes:
    told = orjson.loads(span)
    process = processes.get(str(told.get("processID")))
    return b'{"process":' + process + b"," + span.lstrip()[1:] if process is not None and told else span


IMPORT = Import("jaeger", "Jaeger's JSON, of its UI or its API", lambda head: _MARK.search(head) is not None, lines)
