"""Layer by layer down to the record: the loop over the table."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any

import orjson

from logtrace.ingest.envelopes._base import Outer, Peeled, Unwrapped
from logtrace.ingest.envelopes._table import ENVELOPES

MAX_LAYERS = 5
"""More layers than this are left on: no recipe stacks them, and hostile text must not cost without end."""

BARE = Outer()
"""What the envelopes of a line without envelopes knew."""

_TEXT = tuple(envelope.peel for envelope in ENVELOPES if envelope.peel)
_OBJECT = tuple(envelope.peel_object for envelope in ENVELOPES if envelope.peel_object)


def unwrap(text: str, zone: tzinfo = UTC) -> Unwrapped:
    """A line of text without its envelopes, decoded where it is a JSON object. Outer times without a zone are read in `zone`."""
    record = decoded(text)
    if record is not None and peel_record(record) is None:
        return Unwrapped(text, record, BARE)
    outer = BARE
    while outer.layers < MAX_LAYERS:
        layer = _peel_text(text, zone) if record is None else peel_record(record)
        if layer is None:
            break
        outer = _merged(outer, layer)
        text = layer.inner
        record = decoded(text)
    return Unwrapped(text, record, outer)


def peel(text: str, zone: tzinfo = UTC) -> tuple[str, Outer]:
    """The text under its text envelopes, at most MAX_LAYERS of them, and what they knew. JSON stays as it is."""
    outer = BARE
    while outer.layers < MAX_LAYERS and (layer := _peel_text(text, zone)):
        outer = _merged(outer, layer)
        text = layer.inner
    return text, outer


def peel_record(record: dict[str, Any]) -> Peeled | None:
    """One layer off a decoded JSON object; None where the object is a record itself."""
    for peel_object in _OBJECT:
        if layer := peel_object(record):
            return layer
    return None


def decoded(text: str) -> dict[str, Any] | None:
    """The JSON object a text is (white space around it allowed); None where it is anything else."""
    if text[:1] != "{" and text.lstrip()[:1] != "{":
        return None
    try:
        record: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return record


def _peel_text(text: str, zone: tzinfo) -> Peeled | None:
    for peel_layer in _TEXT:
        if layer := peel_layer(text, zone):
            return layer
    return None


def _merged(outer: Outer, inner: Peeled) -> Outer:
    """`outer` with what a layer under it knows better."""
    if not outer.layers:
        return Outer(inner.time_ns, inner.service, inner.resource, inner.partial, inner.stream, 1)
    replaces = inner.time_ns is not None and (outer.time_ns is None or not inner.zoneless)
    return Outer(
        time_ns=inner.time_ns if replaces else outer.time_ns,
        service=inner.service or outer.service,
        resource=tuple((dict(outer.resource) | dict(inner.resource)).items()),
        partial=outer.partial or inner.partial,
        stream="/".join(filter(None, (outer.stream, inner.stream))),
        layers=outer.layers + 1,
    )
