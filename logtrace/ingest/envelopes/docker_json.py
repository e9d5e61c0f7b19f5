"""Docker's json-file driver: `{"log":"TEXT\\n","stream":"stderr","attrs":{…},"time":"…"}`, one object a line.

Lines over 16 KiB are split; all parts but the last lack the newline at the end of `log`. The shape is that of moby's
`jsonlogbytes.go`: keys in this order, no spaces, `attrs` (labels, environment, tag) only where asked for.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

import msgspec
import orjson

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled, Resource, Splitting
from logtrace.units import are_instants, instant_ns

_KEYS = frozenset({"log", "stream", "time", "attrs"})
_STREAMS = frozenset({"stdout", "stderr"})
_TAG_KEYS = {"tag": "log.tag"}
_COMPOSE_SERVICE = "com.docker.compose.service"
_WHOLE = b'\\n","stream":"'
_TAIL = -96  # holds _WHOLE and what follows it where there are no attrs
_BACKSLASH = 0x5C


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


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    log: str
    stream: str
    time: str
    attrs: dict[str, Any] | None = None


_decode_lines = msgspec.json.Decoder(_Line).decode_lines
_KNOWN = {name: Peeled("", resource=(("log.iostream", name),), stream=name) for name in _STREAMS}


def peel_lines(lines: list[bytes], _zone: tzinfo) -> Layer | None:
    """The layer of many whole lines without colours."""
    if not lines[0].startswith(b'{"log":'):
        return None
    try:
        found = _decode_lines(b"\n".join(lines))
    except msgspec.DecodeError:
        return None
    texts = "".join([line.log for line in found])
    inners = texts.encode("utf-8", "replace").split(b"\n")
    if inners.pop() or len(inners) != len(lines) or len(found) != len(lines) or "\r" in texts or "\x1b" in texts:
        return None
    times = [line.time for line in found]
    if not are_instants(times) or not _STREAMS.issuperset([line.stream for line in found]):
        return None
    if any(line.attrs for line in found):
        known: dict[str, Peeled] = {}
        return Layer(inners, [_with_attrs(line.stream, line.attrs or {}, known) for line in found], times)
    return Layer(inners, [_KNOWN[line.stream] for line in found], times)


def _with_attrs(stream: str, attrs: dict[str, Any], known: dict[str, Peeled]) -> Peeled:
    """What a line tells beside its time; `known` holds that of the lines before it."""
    key = f"{stream} {attrs}"
    found = known.get(key)
    if found is None:
        resource = (("log.iostream", stream), *_attrs(attrs))
        found = known[key] = Peeled("", service=_service(attrs), resource=resource, stream=stream)
    return found


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


def _rewrap(first: str, inner: str, partial: bool) -> str:
    return orjson.dumps({**orjson.loads(first), "log": inner if partial else inner + "\n"}).decode()


ENVELOPE = Envelope(
    name="docker_json",
    example='{"log":"{\\"msg\\":\\"Created\\"}\\n","stream":"stderr","attrs":{"tag":"api"},"time":"2025-11-10T19:36:18.123Z"}',
    inner='{"msg":"Created"}',
    peel_object=peel_object,
    peel_lines=peel_lines,
    signs=(frozenset({"log", "stream", "time"}),),
    splitting=Splitting((b'{"log"',), _may_be_partial, _rewrap, unmarked=True),
)
