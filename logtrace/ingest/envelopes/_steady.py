"""Lines that are objects around an object each, many at once: of most shippers' only the text and its time change.

    {"kubernetes":{…},"message":"{…}","source_type":"kubernetes_logs","stream":"stderr","timestamp":"…"}

All lines are decoded in one go into structs in which all but text and time stays raw. Of lines that are alike in that, the first
is taken off by its envelope: what this knew, it knew of all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import orjson

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled, Steady
from logtrace.ingest.envelopes._heads import NO_LAYER, some_of
from logtrace.ingest.envelopes._objects import few, seem_wrapped, wrapped_object
from logtrace.ingest.envelopes._peeling import signed
from logtrace.ingest.envelopes._structs import structs
from logtrace.ingest.envelopes._values import inner_of

_ALIKE = 4
"""Where not so many lines, on average, are alike, each is looked at by itself."""


class _Shape(NamedTuple):
    """How lines with certain keys are read: what gives their texts, their times, and all else that may tell something."""

    decoder: msgspec.json.Decoder[Any]
    steady: Steady
    text: Callable[[Any], str]
    time: Callable[[Any], str | int | float]
    others: Sequence[Callable[[Sequence[Any]], list[bytes]]]


def steady_layer(lines: Sequence[bytes]) -> Layer:
    """The layer of those lines that are read like this: they have an object as text and a time, and are no parts."""
    shape = _shape_of(lines)
    if shape is None:
        return NO_LAYER
    read = structs(shape.decoder, lines)
    taken = [at for at, line in enumerate(read) if line is not None]
    found = [line for line in read if line is not None]
    texts, times = list(map(shape.text, found)), list(map(shape.time, found))
    alike = list(
        zip(map(type, times), [text[-1:] == "\n" for text in texts], *(tell(found) for tell in shape.others), strict=True)
    )
    firsts = dict(zip(reversed(alike), reversed(range(len(alike))), strict=True))
    if len(firsts) * _ALIKE > len(alike):
        return NO_LAYER
    told = {kind: _told(lines[taken[at]], texts[at], times[at], shape.steady) for kind, at in firsts.items()}
    known = list(map(told.__getitem__, alike))
    inners = [inner_of(text) or "" for text in texts]
    instants = shape.steady.instants(times)
    plain = [
        peeled is not None and time_ns is not None and _is_object(inner)
        for peeled, time_ns, inner in zip(known, instants, inners, strict=True)
    ]
    under = [inner.strip().encode("utf-8", "replace") for inner in inners]
    if seem_wrapped(under):
        plain = [is_plain and wrapped_object(text) is None for is_plain, text in zip(plain, under, strict=True)]
    return some_of(Layer(taken, under, known, instants), plain)  # type: ignore[arg-type]


def _is_object(text: str) -> bool:
    """Whether a text seems to be an object in one line, that is nothing else in disguise."""
    return "\n" not in text and text.strip()[:1] == "{" and text.strip()[-1:] == "}"


def _shape_of(lines: Sequence[bytes]) -> _Shape | None:
    """How lines are read that are like most of a few of these; None where there is nothing that most have in common."""
    records = [record for line in few(lines) if (record := wrapped_object(line)) is not None]
    told = [_text_and_time(record) for record in records]
    ((most, _),) = Counter(told).most_common(1) or [(None, 0)]
    if most is None:
        return None
    keys = dict.fromkeys([key for record, each in zip(records, told, strict=True) if each == most for key in record])
    return _shape(tuple(filter(_is_plain, keys)), *most)


def _text_and_time(record: dict[str, Any]) -> tuple[Steady, str] | None:
    """(what may change in an object, the key of its time); None where its envelope does not tell that."""
    envelope = _taker(record)
    steady = envelope.steady if envelope else None
    time = next((key for key in steady.times if key in record), None) if steady else None
    return (steady, time) if steady and time is not None and steady.text in record else None


def _is_plain(key: str) -> bool:
    """Whether a key may be a field of a struct."""
    return key.isprintable() and '"' not in key and "\\" not in key


@lru_cache(64)
def _shape(keys: tuple[str, ...], steady: Steady, time: str) -> _Shape:
    names = {key: f"f{number}" for number, key in enumerate(keys)}
    types: dict[str, tuple[Any, Any]] = {key: (msgspec.Raw, msgspec.Raw(b"")) for key in keys}
    types.update((key, (str, "")) for key in steady.passed if key in keys)
    types.update({steady.text: (str, ""), time: (str | int | float, "")})
    line = msgspec.defstruct(
        "Line",
        [(names[key], kind, default) for key, (kind, default) in types.items()],
        rename={name: key for key, name in names.items()},
        forbid_unknown_fields=True,
        gc=False,
    )
    others = [_telling(names[key], key, steady) for key, (kind, _) in types.items() if kind is msgspec.Raw]
    text_of, time_of = (attrgetter(names[key]) for key in (steady.text, time))
    return _Shape(msgspec.json.Decoder(line), steady, text_of, time_of, others)


def _telling(name: str, key: str, steady: Steady) -> Callable[[Sequence[Any]], list[bytes]]:
    """Gives what a key has in each of some lines, without numbers in it that are passed over."""
    own = attrgetter(name)
    passed = [path.removeprefix(f"{key}.") for path in steady.passed if path.startswith(f"{key}.")]
    if not passed:
        return lambda found: list(map(bytes, map(own, found)))
    number = re.compile(rb'(?<=[{,])"(?:%s)":\d+(?=[,}])' % "|".join(map(re.escape, passed)).encode())
    return lambda found: [number.sub(b"", bytes(own(line))) for line in found]


def _taker(record: dict[str, Any]) -> Envelope | None:
    """The envelope that takes a layer off an object; None where none does, or where one that is asked before is not steady."""
    for envelope in signed(record):
        if envelope.peel_object is None or envelope.steady is None:
            return None
        if envelope.peel_object(record) is not None:
            return envelope
    return None


def _told(line: bytes, text: str, time: str | float, steady: Steady) -> Peeled | None:
    """What the envelope of a line knows beside its text and time; None where that is not all there is to it."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:  # msgspec only skims what it leaves raw
        return None
    envelope = _taker(record)
    if envelope is None or envelope.steady != steady or envelope.peel_object is None:
        return None
    layer = envelope.peel_object(record)
    if layer is None or (layer.inner, [layer.time_ns]) != (inner_of(text), list(steady.instants([time]))):
        return None
    return None if layer.partial or layer.fields else layer._replace(inner="", time_ns=None)
