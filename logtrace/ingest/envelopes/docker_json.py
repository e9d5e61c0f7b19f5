"""Docker's json-file driver: `{"log":"TEXT\\n","stream":"stderr","attrs":{…},"time":"…"}`, one object a line.

Lines over 16 KiB are split; all parts but the last lack the newline at the end of `log`. The shape is that of moby's
`jsonlogbytes.go`: keys in this order, no spaces, `attrs` (labels, environment, tag) only where asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import tzinfo
from itertools import compress
from operator import attrgetter
from typing import Any, cast

import msgspec
import orjson

from logtrace.ingest.beginnings import bounds, word, words
from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled, Piece, Resource, Splitting
from logtrace.ingest.envelopes._heads import some_of, timed
from logtrace.ingest.mend import dumped
from logtrace.units import instant_ns

_KEYS = frozenset({"log", "stream", "time", "attrs"})
_STREAMS = frozenset({"stdout", "stderr"})
_TAG_KEYS = {"tag": "log.tag"}
_COMPOSE_SERVICE = "com.docker.compose.service"
_WHOLE = b'\\n","stream":"'
_TAIL = -96  # holds _WHOLE and what follows it where there are no attrs
_BACKSLASH = 0x5C
_TEXT, _TEXT_END = b'{"log":"', b'","stream":"std'


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer where the object has log, stream and time (and attrs) and nothing else, all of the right type."""
    if len(record) > len(_KEYS) or record.get("log").__class__ is not str or not _KEYS.issuperset(record):
        return None
    log, stream, time, attrs = record["log"], record.get("stream"), record.get("time"), record.get("attrs", {})
    if not isinstance(stream, str) or stream not in _STREAMS or not isinstance(time, str) or not isinstance(attrs, dict):
        return None
    time_ns = instant_ns(time)
    if time_ns is None:
        return None
    return Peeled(
        inner=log.removesuffix("\n").removesuffix("\r") if log[-1:] == "\n" else log,
        time_ns=time_ns,
        service=_service(attrs),
        resource=(("log.iostream", stream), *_attrs(attrs)),
        partial=log[-1:] != "\n",
        stream=stream,
    )


_NO_ATTRS = msgspec.Raw(b"{}")


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    log: str
    stream: str
    time: str
    attrs: msgspec.Raw = _NO_ATTRS


_decode_lines, _decode = msgspec.json.Decoder(_Line).decode_lines, msgspec.json.Decoder(_Line).decode
_HEAD = b'{"log":'


def peel_lines(lines: Sequence[bytes], _zone: tzinfo) -> Layer:
    """The layer of all lines that hold one line each."""
    taken: Sequence[int] = [at for at, line in enumerate(lines) if line[:7] == _HEAD and line[-1:] == b"}"]
    read = _structs([lines[at] for at in taken] if len(taken) < len(lines) else lines)
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


def _structs(lines: Sequence[bytes]) -> Sequence[_Line | None]:
    """Each line decoded, None where it is no line of docker's."""
    # lines that begin and end with braces: no object reaches over a line's end without changing the number of them
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        found = _decode_lines(b"\n".join(lines))
        if len(found) == len(lines):
            return found
    return list(map(_struct, lines))


def _struct(line: bytes) -> _Line | None:
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        return _decode(line)
    return None


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
    if stream not in _STREAMS or not isinstance(labels, dict):
        return None
    return Peeled("", service=_service(labels), resource=(("log.iostream", stream), *_attrs(labels)), stream=stream)


def _service(attrs: dict[str, Any]) -> str:
    service = attrs.get(_COMPOSE_SERVICE)
    return service if isinstance(service, str) else ""


def _attrs(attrs: dict[str, Any]) -> Resource:
    """Labels and environment as container.label.*; the driver's tag as log.tag."""
    return tuple((_TAG_KEYS.get(key, f"container.label.{key}"), text) for key, text in attrs.items() if isinstance(text, str))


def _may_be_partial(line: bytes) -> bool:
    at = line.find(_WHOLE, _TAIL)
    if at < 0:
        at = line.find(_WHOLE)
    # a backslash before it: the text may end with a backslash and the letter n
    return at < 0 or line[at - 1] == _BACKSLASH


def _parts(data: bytes) -> list[int]:
    """All lines but those that plainly end as whole ones do, without attrs."""
    import numpy as np  # those who look at a few lines need none

    starts, ends = bounds(data)
    left, eights, letters = np.arange(len(starts)), words(data), np.frombuffer(data, np.uint8)
    for length in _TIMES:
        at = np.maximum(ends[left] - (len(_BEHIND[0]) + length + len('"}')), 1)
        fits = (at > starts[left]) & (letters[at - 1] != _BACKSLASH)
        for offset in (0, 8, 16):
            some = [word(behind[offset : offset + 8]) for behind in _BEHIND]
            fits &= (eights[at + offset] == some[0]) | (eights[at + offset] == some[1])
        left = left[~fits]
        if not len(left):
            break
    found: list[int] = starts[left].tolist()
    return found


_BEHIND = tuple(b'\\n","stream":"%s","time":"' % name.encode() for name in sorted(_STREAMS))
_TIMES = range(len("2024-01-10T14:30:00.123456789Z"), len("2024-01-10T14:30:00Z") - 1, -1)


def _piece(line: bytes) -> Piece | None:
    end = line.rfind(_TEXT_END)
    if line[: len(_TEXT)] != _TEXT or end < len(_TEXT):
        return None
    goes_on = _may_be_partial(line)
    return Piece(len(_TEXT), end if goes_on else end - 2, line[end : end + len(_TEXT_END) + 3], goes_on)


def _rewrap(first: str, inner: str, partial: bool) -> str:
    return dumped({**orjson.loads(first), "log": inner if partial else inner + "\n"}).decode()


ENVELOPE = Envelope(
    name="docker_json",
    example='{"log":"{\\"msg\\":\\"Created\\"}\\n","stream":"stderr","attrs":{"tag":"api"},"time":"2025-11-10T19:36:18.123Z"}',
    inner='{"msg":"Created"}',
    peel_object=peel_object,
    peel_lines=peel_lines,
    signs=(frozenset({"log", "stream", "time"}),),
    splitting=Splitting((b'{"log"',), _may_be_partial, _parts, _piece, _rewrap, unmarked=True),
)
