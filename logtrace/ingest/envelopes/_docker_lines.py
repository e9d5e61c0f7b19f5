"""Blocks of lines of Docker's json-file driver (see docker_json), read at once by a decoder of just that shape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from itertools import compress
from operator import attrgetter
from typing import Any, cast

import msgspec
import orjson

from logtrace.ingest.envelopes._base import Layer, Peeled
from logtrace.ingest.envelopes._docker_attrs import STREAMS, resource_of_attrs, service_of_attrs
from logtrace.ingest.envelopes._heads import some_of, timed
from logtrace.ingest.envelopes._structs import structs

_NO_ATTRS = msgspec.Raw(b"{}")


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    log: str
    stream: str
    time: str
    attrs: msgspec.Raw = _NO_ATTRS


_DECODER = msgspec.json.Decoder(_Line)
_HEAD = b'{"log":'


def peel_lines(lines: Sequence[bytes], _zone: tzinfo) -> Layer:
    """The layer of all lines that hold one line each."""
    taken: Sequence[int] = [at for at, line in enumerate(lines) if line[:7] == _HEAD and line[-1:] == b"}"]
    read = structs(_DECODER, [lines[at] for at in taken] if len(taken) < len(lines) else lines)
    if None in read:
        taken = [at for at, line in zip(taken, read, strict=True) if line is not None]
    found = [line for line in read if line is not None] if len(taken) < len(read) else cast(Sequence[_Line], read)
    (inners, parts), known = _inners(list(map(_log_of, found))), _known(found)
    layer, times = Layer(taken, inners, known, parts=parts), list(map(_time_of, found))  # type: ignore[arg-type]
    if None in inners or None in known:
        plain = [inner is not None and told is not None for inner, told in zip(inners, known, strict=True)]
        layer, times = some_of(layer, plain), list(compress(times, plain))
    return timed(layer, times)


_log_of, _stream_of, _time_of, _attrs_of = map(attrgetter, ("log", "stream", "time", "attrs"))


def _inners(logs: list[str]) -> tuple[Sequence[bytes | None], Sequence[int]]:
    """(the text of each line, None where it holds several lines; which of them are parts)."""
    parts = [at for at, log in enumerate(logs) if log[-1:] != "\n"]
    for at in parts:
        logs[at] += "\n"
    whole = "".join(logs)
    returns = "\r" in whole
    if returns:
        whole = whole.replace("\r\n", "\n")
    inners: list[bytes | None] = [*whole.encode("utf-8", "replace").split(b"\n")]
    del inners[-1]
    if len(inners) != len(logs):  # some have newlines inside
        inners = list(map(_inner, logs))
    for at in parts if returns else ():  # it may end with one of its own
        inners[at] = None
    return inners, parts


def _inner(log: str) -> bytes | None:
    return None if log.find("\n") < len(log) - 1 else log[:-1].removesuffix("\r").encode("utf-8", "replace")


def _known(found: Sequence[_Line]) -> Sequence[Peeled | None]:
    """What each line tells beside its text and time."""
    keys: list[Any] = list(map(_stream_of, found))
    attrs = list(map(_attrs_of, found))
    if set(map(id, attrs)) - {id(_NO_ATTRS)}:
        keys = list(zip(keys, map(bytes, attrs), strict=True))
    known = {key: _told(key) if key.__class__ is str else _told(*key) for key in set(keys)}
    return list(map(known.__getitem__, keys))


def _told(stream: str, attrs: bytes = b"{}") -> Peeled | None:
    try:
        labels = orjson.loads(attrs)
    except orjson.JSONDecodeError:  # msgspec only skims what it leaves raw
        return None
    if stream not in STREAMS or not isinstance(labels, dict):
        return None
    return Peeled(
        "",
        service=service_of_attrs(labels),
        resource=(("log.iostream", stream), *resource_of_attrs(labels)),
        stream=stream,
    )
