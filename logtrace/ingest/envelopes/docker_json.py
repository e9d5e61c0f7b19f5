"""Docker's json-file driver: `{"log":"TEXT\\n","stream":"stderr","attrs":{…},"time":"…"}`, one object a line.

Lines over 16 KiB are split; all parts but the last lack the newline at the end of `log`. The shape is that of moby's
`jsonlogbytes.go`: keys in this order, no spaces, `attrs` (labels, environment, tag) only where asked for.
"""

from __future__ import annotations

from typing import Any

import orjson

from logtrace.ingest.envelopes._base import Envelope, Peeled, Resource, Splitting
from logtrace.units import instant_ns

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
    service = attrs.get(_COMPOSE_SERVICE)
    return Peeled(
        inner=log.removesuffix("\n").removesuffix("\r") if log[-1:] == "\n" else log,
        time_ns=time_ns,
        service=service if isinstance(service, str) else "",
        resource=(("log.iostream", stream), *_attrs(attrs)),
        partial=log[-1:] != "\n",
        stream=stream,
    )


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
    signs=(frozenset({"log", "stream", "time"}),),
    splitting=Splitting((b'{"log"',), _may_be_partial, _rewrap, unmarked=True),
)
