"""Times of wrappers that are beyond all that can be told are none: they are no numbers for a store."""

from __future__ import annotations

import re

import pytest

from logtrace.ingest.envelopes import ENVELOPES, Envelope
from logtrace.ingest.records import Decoder
from logtrace.model import Record
from logtrace.units import MAX_NS

FAR = ("17419444133600002", "4611686018427387904", "99999999999999999999", "9" * 40)


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.name)
@pytest.mark.parametrize("lines", [1, 100])
def test_a_time_too_far_is_none(envelope: Envelope, lines: int):
    places = [match.span() for match in re.finditer(r"\d{10,}", envelope.example)]
    for start, end in places:
        for far in FAR:
            line = (envelope.example[:start] + far + envelope.example[end:]).encode()
            for _, result, _ in Decoder().lines(b"\n".join([line] * lines) + b"\n"):
                times = (result.time_ns, result.start_ns, result.end_ns) if isinstance(result, Record) else ()
                assert all(time is None or abs(time) <= MAX_NS for time in times), line
