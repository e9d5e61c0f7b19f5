"""Docker's json-file driver: `{"log":"TEXT\\n","stream":"stderr","attrs":{…},"time":"…"}`, one object a line.

Lines over 16 KiB are split; all parts but the last lack the newline at the end of `log`. The shape is that of moby's
`jsonlogbytes.go`: keys in this order, no spaces, `attrs` (labels, environment, tag) only where asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import orjson

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled, Piece, Splitting, Steady
from logtrace.ingest.envelopes._docker_attrs import STREAMS, resource_of_attrs, service_of_attrs
from logtrace.ingest.vocabulary.beginnings import bounds, word, words
from logtrace.ingest.vocabulary.mend import dumped
from logtrace.units import instant_ns

_KEYS = frozenset({"log", "stream", "time", "attrs"})
_WHOLE = b'\\n","stream":"'
_TAIL = -96  # holds _WHOLE and what follows it where there are no attrs
_BACKSLASH = 0x5C
_TEXT, _TEXT_END = b'{"log":"', b'","stream":"std'


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer where the object has log, stream and time (and attrs) and nothing else, all of the right type."""
    if len(record) > len(_KEYS) or record.get("log").__class__ is not str or not _KEYS.issuperset(record):
        return None
    log, stream, time, attrs = record["log"], record.get("stream"), record.get("time"), record.get("attrs", {})
    if not isinstance(stream, str) or stream not in STREAMS or not isinstance(time, str) or not isinstance(attrs, dict):
        return None
    time_ns = instant_ns(time)
    if time_ns is None:
        return None
    return Peeled(
        inner=log.removesuffix("\n").removesuffix("\r") if log[-1:] == "\n" else log,
        time_ns=time_ns,
        service=service_of_attrs(attrs),
        resource=(("log.iostream", stream), *resource_of_attrs(attrs)),
        partial=log[-1:] != "\n",
        stream=stream,
    )


def _peel_lines(lines: Sequence[bytes], zone: tzinfo) -> Layer:
    from logtrace.ingest.envelopes._docker_lines import peel_lines  # loads msgspec, which other logs need not

    return peel_lines(lines, zone)


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


_BEHIND = tuple(b'\\n","stream":"%s","time":"' % name.encode() for name in sorted(STREAMS))
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
    peel_lines=_peel_lines,
    signs=(frozenset({"log", "stream", "time"}),),
    steady=Steady("log", ("time",)),
    splitting=Splitting((b'{"log"',), _may_be_partial, _parts, _piece, _rewrap, unmarked=True),
)
