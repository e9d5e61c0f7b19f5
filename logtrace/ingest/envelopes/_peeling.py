"""Layer by layer down to the record: the loop over the table."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

import orjson

from logtrace.ingest.envelopes._base import Envelope, Outer, Peeled, Unwrapped
from logtrace.ingest.envelopes._table import ENVELOPES
from logtrace.ingest.envelopes._values import decoded, dumped
from logtrace.ingest.formats.blocks import known_text

MAX_LAYERS = 10
"""More layers than this are left on: hostile text must not cost without end. Five wrappers fit, with the colours, times or
packing of each, which are layers of their own."""

BARE = Outer()
"""What the envelopes of a line without envelopes knew."""

_FIRST = frozenset(min(sign) for envelope in ENVELOPES for sign in envelope.signs)
"""Each object that is an envelope has one of these keys."""


def _by_first() -> dict[str, tuple[PeelText, ...]]:
    """What may take a layer off texts, by their first character; "" for all other characters."""
    members = [(envelope.peel, envelope.begins) for envelope in ENVELOPES if envelope.peel]
    firsts = {"", *"".join([begins for _, begins in members])}
    return {first: tuple([peel for peel, begins in members if not begins or (first and first in begins)]) for first in firsts}


PeelText = Callable[[str, tzinfo], Peeled | None]
_TEXT = _by_first()


def unwrap(text: str, zone: tzinfo = UTC) -> Unwrapped:
    """A line of text without its envelopes, decoded where it is a JSON object. Outer times without a zone are read in `zone`.

    Of a document that holds many lines this is the first; the document itself where it holds none.
    """
    return next(iter(unwrap_all(text, zone)), None) or Unwrapped(text, decoded(text), BARE)


def unwrap_all(text: str, zone: tzinfo = UTC) -> list[Unwrapped]:
    """All lines that a text holds: one, or those of a document (a query's answer, an array of envelopes) in order, which may be
    none."""
    return _under(text, decoded(text), BARE, zone)


def unwrap_further(text: str, outer: Outer, zone: tzinfo, record: dict[str, Any] | None = None) -> list[Unwrapped]:
    """As `unwrap_all` of a line of which some layers are off. record: the object it is, where that is known."""
    return _under(text, decoded(text) if record is None else record, outer, zone)


def _under(text: str, record: dict[str, Any] | None, outer: Outer, zone: tzinfo) -> list[Unwrapped]:
    while outer.layers < MAX_LAYERS:
        layer: Peeled | None
        if record is None:
            if entries := _wrapped_array(text):
                return [found for entry in entries for found in _under(dumped(entry), entry, outer, zone)]
            layer = _peel_text(text, zone)
        else:
            lines = peel_document(record)
            if lines is not None:
                inner = [(line.inner.lstrip("\ufeff"), line) for line in lines]
                return [found for text, line in inner for found in _under(text, decoded(text), merged(outer, line), zone)]
            layer = peel_record(record)
        if layer is None:
            break
        outer = merged(outer, layer)
        text = layer.inner.lstrip("\ufeff")
        record = decoded(text)
    if outer.fields:
        if record is None:
            record = known_text(text) or {"message": text}
        record = {**dict(outer.fields), **record}
        text = dumped(record)
    return [Unwrapped(text, record, outer)]


def _wrapped_array(text: str) -> list[dict[str, Any]]:
    """The objects of a JSON array of envelopes, as `gcloud logging read` prints it; none of any other text."""
    if text[:1] != "[" or text[-1:] != "]":
        return []
    try:
        entries = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    return entries if all(entry.__class__ is dict and may_be_wrapped(entry) for entry in entries) else []


def may_be_wrapped(keys: Collection[str]) -> bool:
    """Whether an object with these keys, or with some of them, may be an envelope. Cheap: most objects are told by one look."""
    return not _FIRST.isdisjoint(keys) and _signed(keys) is not _NONE


def peel(text: str, zone: tzinfo = UTC) -> tuple[str, Outer]:
    """The text under its text envelopes, at most MAX_LAYERS of them, and what they knew. JSON stays as it is."""
    outer = BARE
    while outer.layers < MAX_LAYERS and (layer := _peel_text(text, zone)):
        outer = merged(outer, layer)
        text = layer.inner
    return text, outer


def peel_record(record: dict[str, Any]) -> Peeled | None:
    """One layer off a decoded JSON object; None where the object is a record itself, or a document."""
    for peel_object in _signed(record).layers:
        if layer := peel_object(record):
            return layer
    return None


def peel_document(record: dict[str, Any]) -> list[Peeled] | None:
    """The lines of a decoded JSON object that holds many; None where it is no such document."""
    for peel_many in _signed(record).documents:
        if (lines := peel_many(record)) is not None:
            return lines
    return None


def signed(keys: Collection[str]) -> tuple[Envelope, ...]:
    """The envelopes of which an object with these keys has a sign, in the order of the table."""
    return _signed(keys).envelopes


class _Signed(NamedTuple):
    """What takes the layers off objects of which certain envelopes have a sign, in the order of the table."""

    envelopes: tuple[Envelope, ...]
    layers: tuple[Callable[[dict[str, Any]], Peeled | None], ...]
    documents: tuple[Callable[[dict[str, Any]], list[Peeled] | None], ...]


_NONE = _Signed((), (), ())
_known: dict[tuple[str, ...], _Signed] = {}  # by keys: objects of few shapes come again and again
_KNOWN = 4_000


def _signed(keys: Collection[str]) -> _Signed:
    """The envelopes of which an object with these keys has a sign."""
    if _FIRST.isdisjoint(keys):
        return _NONE
    shape = tuple(keys)
    found = _known.get(shape)
    if found is None:
        if len(_known) > _KNOWN:
            _known.clear()
        own = frozenset(shape)
        envelopes = tuple([envelope for envelope in ENVELOPES if any(sign <= own for sign in envelope.signs)])
        layers = tuple([envelope.peel_object for envelope in envelopes if envelope.peel_object])
        documents = tuple([envelope.peel_many for envelope in envelopes if envelope.peel_many])
        found = _known[shape] = _Signed(envelopes, layers, documents) if envelopes else _NONE
    return found


def _peel_text(text: str, zone: tzinfo) -> Peeled | None:
    for peel_layer in _TEXT.get(text[:1]) or _TEXT[""]:
        if layer := peel_layer(text, zone):
            return layer
    return None


def merged(outer: Outer, inner: Peeled) -> Outer:
    """`outer` with what a layer under it knows better."""
    if not outer.layers:
        return Outer(inner.time_ns, inner.service, inner.resource, inner.partial, inner.stream, 1, inner.severity, inner.fields)
    replaces = inner.time_ns is not None and (outer.time_ns is None or not inner.zoneless)
    return Outer(
        time_ns=inner.time_ns if replaces else outer.time_ns,
        service=inner.service or outer.service,
        resource=tuple((dict(outer.resource) | dict(inner.resource)).items()),
        partial=outer.partial or inner.partial,
        stream="/".join(filter(None, (outer.stream, inner.stream))),
        layers=outer.layers + 1,
        severity=inner.severity or outer.severity,
        fields=tuple((dict(outer.fields) | dict(inner.fields)).items()),
    )
