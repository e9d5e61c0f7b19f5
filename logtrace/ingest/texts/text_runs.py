"""Texts that begin alike, many at once: time, thread, level and logger, then the ids, then the message.

    16:42:52.508 INFO  a.c.AssuranceController#75 TraceID: 33d0… SpanID: fb53… [createNewAssurance][Create new assurance]
    2025-11-10 19:36:18.015 [http-nio-8080-exec-1] INFO  a.c.EdgeController [traceId=aea0…, spanId=1dd1…] - completed in 45ms

So writes a pattern layout that has its ids from the thread's context. Such a head rules out every envelope and every known
format of text but one (an object at the end, see `text_prefix`), so that such a line is what `Texts` makes of it. It gives the
records that the general way gives, or leaves the line to it: with what may be an id in the message, with control characters. A
property test holds that.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Sequence
from datetime import tzinfo
from itertools import compress
from typing import NamedTuple

import numpy as np
import re2

from logtrace.ids import NO_SPAN
from logtrace.ingest.texts.plain_lines import hashes_of, places_of
from logtrace.ingest.texts.plain_text import Texts
from logtrace.ingest.uniform.objects import NOTHING
from logtrace.ingest.vocabulary import arrays, text
from logtrace.ingest.vocabulary.levels import ERROR
from logtrace.model import ErrorLevel
from logtrace.patterns import lazy_pattern
from logtrace.reconstruct.spans.runs import NO_FAILURE, NONE, Numbers, Run, Template, numbers
from logtrace.units import instants_ns

_LEVEL = rb"(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)"
_LOGGER = rb"(?:(?:\[[\w.-]+\]|[A-Za-z_][\w$]*(?:[.#/][\w$]++)++)[ ]++(?:-[ ]++)?)?"
_OF_DAY = rb"(?:\[[ -9;<>-Z^-~]{1,80}\][ ]++)?\[?%b\]?[ ]++%b" % (_LEVEL, _LOGGER)
_DATED = (
    rb"\[(?=main\]|[A-Za-z]*+[^\]A-Za-z])[\w.#@$-][ \w.#@$-]{0,79}\][ ]++%b[ ]++%b"
    rb"|%b[ ]++(?:\[[\w.-]+\][ ]++(?=[A-Za-z_][\w$]*(?:[.#/][\w$]+)+[ ]))?%b(?=\[(?i:trace[_. ]?id)=)"
) % (_LEVEL, _LOGGER, _LEVEL, _LOGGER)
"""Behind a date. A level right behind it may be that of a console, unless ids stand in brackets."""

_LINE = lazy_pattern(
    rb"^(?:"
    rb"(?:\d\d:\d\d:\d\d(?:[.,]\d{1,9})?[ ]++(%b)|(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,9})?)[ ]++(%b))"
    rb"((\[)?(?i:trace[_.\- ]?id[:=])[ ]?([0-9A-Fa-f]{32}|[0-9A-Fa-f]{16})(?![\w.:/+-])[,;]?+[ ]*+"
    rb"(?i:span[_.\- ]?id[:=])[ ]?([0-9A-Fa-f]{16})(?![\w.:/+-])[,;]?+[ ]*+"
    rb"(?:(?i:trace[_.]?(?:flags|sampled)[:=])\w++[,;]?+[ ]*+)?(?(5)\][ ]*+(?:[:-] )?+[ ]*+)"
    rb"(?=[!-~])([^\n]*+)(?<=[!-|~]))"  # an object at the end may be the record
    rb"|[^\n]*)$" % (_OF_DAY, _DATED),
    re.MULTILINE,
)
"""Each line once: what stands between the time of day and the ids; or the date, and what stands between that and the ids; then
all that follows, a bracket before the ids, trace id, span id, message. All of them empty where it is another line."""

_BEYOND = rb"\x{80}-\x{10ffff}"
"""All letters beyond ASCII: a pattern reads bytes as UTF-8."""

_CLOSER = re2.compile(
    rb"((?i:trace|span|parent)[_.\- ]?(?i:span[_.\- ]?)?(?i:id)[\"']?\s*[:=]|(?i:trace[_.]?(?:flags|sampled))\s*[:=]"  # ids
    rb"|[\[({][\s,|]*[\])}]"  # brackets that seem to have held some
    rb"|(?i:resource\.service\.name=|NR-LINKING\||REPORT RequestId: ))"  # marks of formats
    rb"|[\d%b][\s%b]{0,6}[mun]?(?:s\b|[%b])" % ((_BEYOND,) * 3)
)
"""What a message has that is to be looked at more closely. Behind the group: what messages with a duration have, and few others;
there are digits and spaces beyond ASCII."""

_KINDS = 4_000


class _Lines(NamedTuple):
    """The parts of lines that are like this, see _LINE; heads: what stands between the time and the ids."""

    texts: Sequence[bytes]
    heads: Sequence[bytes]
    dates: Sequence[bytes]
    rests: Sequence[bytes]
    traces: Sequence[bytes]
    spans: Sequence[bytes]
    messages: Sequence[bytes]


class TextRuns:
    """Makes runs of texts. Remembers templates."""

    def __init__(self, texts: Texts, zone: tzinfo) -> None:
        self._texts = texts
        self._zone = zone
        self._kinds: dict[tuple[tuple[str, int], bytes, bool], Template] = {}
        self._templates: dict[tuple[object, ...], Template] = {}

    def read(self, texts: Sequence[bytes], service: tuple[str, int]) -> Run | None:
        """The records of those texts that are like this, by their positions; None where none is.

        texts: `plain_lines`; service: what counts where nothing else tells one, with its rank.
        """
        places, lines, telling = _taken_apart(texts)
        halves = _halves(lines.traces) if places else None
        if halves is None:
            return None
        count, keys = len(places), _keys(lines.spans)
        durations = _durations(lines, keys, telling)
        templates = self._templates_of(lines, (durations != NONE).tolist(), service)
        bodies = b"\n".join(lines.messages).decode().split("\n")
        failed = [template.severity >= ERROR for template in templates]
        nothing, none = np.zeros(count, np.int64), np.full(count, NONE, np.int64)
        return Run(
            np.array(places, np.int64), templates, [NOTHING] * count, np.ones(count, np.bool_), *halves, keys,
            np.zeros(count, np.bool_), nothing, self._times(lines.dates), durations, none, none, bodies, hashes_of(lines.texts),
            np.where(failed, int(ErrorLevel.SOFT), 0),
            [("", body) if fails else NO_FAILURE for fails, body in zip(failed, bodies, strict=True)], {},
        )  # fmt: skip

    def _times(self, dates: Sequence[bytes]) -> Numbers:
        """Instants of dates, NONE for b""; a time of day alone is none."""
        texts = [date.decode() for date in dates]
        found = arrays.instants_in(texts, self._zone)
        return numbers(instants_ns([text or None for text in texts], self._zone)) if found is None else found

    def _templates_of(self, lines: _Lines, tells: Sequence[bool], service: tuple[str, int]) -> list[Template]:
        """tells: which messages tell a duration."""
        pairs = list(zip(lines.heads, tells, strict=True))
        made = {pair: self._template((service, *pair), line) for pair, line in dict(zip(pairs, lines.texts, strict=True)).items()}
        return list(map(made.__getitem__, pairs))

    def _template(self, kind: tuple[tuple[str, int], bytes, bool], line: bytes) -> Template:
        """The template of texts like this one: there is one for all heads of one level and logger."""
        found = self._kinds.get(kind)
        if found is None:
            if len(self._kinds) > _KINDS:
                self._kinds.clear()
                self._templates.clear()
            record = self._texts.plain(line.decode())
            own = (record.service, record.service_rank, record.name, record.severity, record.role)
            found = self._kinds[kind] = self._templates.setdefault(own, Template(record, ()))
        return found


def _taken_apart(texts: Sequence[bytes]) -> tuple[list[int], _Lines, list[int]]:
    """(positions, parts) of the lines that are like this, and have messages that need no closer look; which of them may tell a
    duration."""
    clocked, dates, dated, rests, _, traces, spans, messages = zip(*_LINE.findall(b"\n".join(texts)), strict=True)
    plain = np.fromiter(map(bool, traces), np.bool_, len(texts))
    closer, telling = places_of(_CLOSER, messages)
    plain[list(closer)] = False
    places = np.flatnonzero(plain).tolist()
    heads = list(map(bytes.__add__, clocked, dated))  # one of them is empty
    columns = (texts, heads, dates, rests, traces, spans, messages)
    lines = _Lines._make(list(compress(column, plain.tolist())) for column in columns)
    return places, lines, [number for number, at in enumerate(places) if at in telling]


def _durations(lines: _Lines, keys: Numbers, telling: Sequence[int]) -> Numbers:
    """The durations that messages of lines with a span tell, NONE for none. telling: which lines may."""
    places = [at for at in telling if keys[at] != NO_SPAN]
    found = np.full(len(keys), NONE, np.int64)
    found[places] = numbers(text.duration_in(lines.rests[at].decode()) for at in places)
    return found


def _halves(traces: Sequence[bytes]) -> tuple[Numbers, Numbers] | None:
    """(low, high) halves of trace ids; None where they are not of one length, or one is nothing."""
    lengths = set(map(len, traces))
    if len(lengths) > 1:
        return None
    found = _keys(traces)
    high, low = (found[::2], found[1::2]) if lengths == {32} else (np.zeros_like(found), found)
    return (low, high) if (low | high).all() else None


def _keys(ids: Sequence[bytes]) -> Numbers:
    """The eights of bytes that hexadecimal digits are, as numbers."""
    return np.frombuffer(unhexlify(b"".join(ids)), ">i8").astype(np.int64)
