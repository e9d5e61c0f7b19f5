"""Texts under envelopes that begin alike, many at once: time of day, level and logger, then the ids, then the message.

    16:42:52.508 INFO  a.c.AssuranceController#75 TraceID: 33d0… SpanID: fb53… [createNewAssurance][Create new assurance]

So writes a pattern layout that has its ids from the thread's context. Time and level at the head rule out every envelope and
every known format of text but one (an object at the end, see `text_prefix`), so that such a line is what `Texts` makes of it.
It gives the records that the general way gives, or leaves the line to it: with an error, with what may be an id or a duration
in the message, with control characters. A property test holds that.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple

import numpy as np
import re2

from logtrace.ingest.formats.objects import NOTHING
from logtrace.ingest.plain_lines import hashes_of, places_of
from logtrace.ingest.plain_text import Texts
from logtrace.model import ErrorLevel, Record
from logtrace.patterns import lazy_pattern
from logtrace.reconstruct.runs import NO_FAILURE, NONE, Numbers, Run, Template, Truths

_LINE = lazy_pattern(
    rb"^(?:"
    rb"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?[ ]++(?:\[[ -9;<>-Z^-~]{1,80}\][ ]++)?\[?(TRACE|DEBUG|INFO|WARN|WARNING)\]?[ ]++"
    rb"(?:(\[[\w.-]+\]|[A-Za-z_][\w$]*(?:[.#/][\w$]++)++)[ ]++)?"
    rb"(?i:trace[_.\- ]?id[:=])[ ]?([0-9A-Fa-f]{32}|[0-9A-Fa-f]{16})(?![\w.:/+-])[,;]?+[ ]*+"
    rb"(?i:span[_.\- ]?id[:=])[ ]?([0-9A-Fa-f]{16})(?![\w.:/+-])[,;]?+[ ]*+"
    rb"(?=[!-~])([^\n]*+)(?<=[!-|~])"  # an object at the end may be the record
    rb"|[^\n]*)$",
    re.MULTILINE,
)
"""Each line once: its level, logger, trace id, span id and message; all of them empty where it is another line."""

_CLOSER = re2.compile(
    rb"(?i)(?:trace|span|parent)[_.\- ]?(?:span[_.\- ]?)?id[\"']?\s*[:=]"  # ids
    rb"|resource\.service\.name=|NR-LINKING\||REPORT RequestId: "  # marks of formats
    rb"|[\d\x80-\xff][\s\x80-\xff]{0,6}[mun]?(?:s\b|[\x80-\xff])"  # durations; there are digits and spaces beyond ASCII
)
"""What a message has that is to be looked at more closely."""

_KINDS = 4_000


class _Kind(NamedTuple):
    """What tells the templates of texts apart."""

    service: tuple[str, int]
    level: bytes
    logger: bytes


class TextRuns:
    """Makes runs of texts. Remembers templates."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._templates: dict[_Kind, Template] = {}

    def read(self, texts: Sequence[bytes], service: tuple[str, int]) -> Run | None:
        """The records of those texts that are like this, by their positions; None where none is.

        texts: `plain_lines`; service: what counts where nothing else tells one, with its rank.
        """
        found = _LINE.findall(b"\n".join(texts))
        levels, loggers, traces, spans, messages = zip(*found, strict=True) if found else ((),) * 5
        plain = _quiet(levels, messages)
        if not plain.any():
            return None
        places = np.flatnonzero(plain)
        if not plain.all():
            chosen = plain.tolist()
            texts = list(compress(texts, chosen))
            columns = (levels, loggers, traces, spans, messages)
            levels, loggers, traces, spans, messages = (tuple(compress(column, chosen)) for column in columns)
        halves, keys = _halves(traces), _keys(spans)
        if halves is None:
            return None
        count = len(texts)
        nothing, none = np.zeros(count, np.int64), np.full(count, NONE, np.int64)
        return Run(
            places, self._kinds(service, levels, loggers, texts), [NOTHING] * count,
            np.ones(count, np.bool_), *halves, keys, np.zeros(count, np.bool_), nothing, none, none, none, none,
            b"\n".join(messages).decode().split("\n"), hashes_of(texts), nothing, [NO_FAILURE] * count, {},
        )  # fmt: skip

    def _kinds(
        self, service: tuple[str, int], levels: Sequence[bytes], loggers: Sequence[bytes], texts: Sequence[bytes]
    ) -> list[Template]:
        pairs = list(zip(levels, loggers, strict=True))
        made = {
            (level, logger): self._template(_Kind(service, level, logger), text)
            for (level, logger), text in dict(zip(pairs, texts, strict=True)).items()
        }
        return list(map(made.__getitem__, pairs))

    def _template(self, kind: _Kind, text: bytes) -> Template:
        """The template of texts like this one, which has no error."""
        found = self._templates.get(kind)
        if found is None:
            if len(self._templates) > _KINDS:
                self._templates.clear()
            record = self._texts.plain(text.decode())
            assert isinstance(record, Record) and record.error == ErrorLevel.NONE
            found = self._templates[kind] = Template(record, ())
        return found


def _quiet(levels: Sequence[bytes], messages: Sequence[bytes]) -> Truths:
    """Which lines are like this, and have messages that need no closer look."""
    found = np.fromiter(map(bool, levels), np.bool_, len(levels))
    found[list(places_of(_CLOSER, messages))] = False
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
