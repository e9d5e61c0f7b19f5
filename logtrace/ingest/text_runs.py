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
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, compress
from typing import NamedTuple

import numpy as np
import re2
import xxhash

from logtrace.ingest.formats.objects import NOTHING
from logtrace.ingest.plain_text import Texts
from logtrace.model import ErrorLevel, Record
from logtrace.reconstruct.runs import NONE, Numbers, Run, Template

_LINE = re.compile(
    rb"^(?:"
    rb"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?[ ]+(?:\[[ -9;<>-Z^-~]{1,80}\][ ]+)?\[?(TRACE|DEBUG|INFO|WARN|WARNING)\]?[ ]+"
    rb"(?:(\[[\w.-]+\]|[A-Za-z_][\w$]*(?:[.#/][\w$]+)+)[ ]+)?"
    rb"(?i:trace[_.\- ]?id[:=])[ ]?([0-9A-Fa-f]{32}|[0-9A-Fa-f]{16})(?![\w.:/+-])[,;]?+[ ]*+"
    rb"(?i:span[_.\- ]?id[:=])[ ]?([0-9A-Fa-f]{16})(?![\w.:/+-])[,;]?+[ ]*+"
    rb"(?=[!-~])([^\n]*[!-|~])"  # an object at the end may be the record
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

_BLANK = ord(" ")
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

        service: what counts where nothing else tells one, with its rank.
        """
        places, texts = _plain(texts)
        found = _LINE.findall(b"\n".join(texts))
        chosen = [at for at, parts in enumerate(found) if parts[0]]
        chosen = [chosen[at] for at in _quiet([found[at][4] for at in chosen])]
        if not chosen:
            return None
        levels, loggers, traces, spans, messages = zip(*map(found.__getitem__, chosen), strict=True)
        halves, keys = _halves(traces), _keys(spans)
        if halves is None:
            return None
        own = list(map(texts.__getitem__, chosen))
        count = len(chosen)
        hashes = np.frombuffer(b"".join(map(xxhash.xxh3_64_digest, own)), ">u4")[1::2].astype(np.int64)
        nothing, none = np.zeros(count, np.int64), np.full(count, NONE, np.int64)
        return Run(
            np.array([places[at] for at in chosen], np.int64), self._kinds(service, levels, loggers, own), [NOTHING] * count,
            np.ones(count, np.bool_), *halves, keys, np.zeros(count, np.bool_), nothing, none, none,
            b"\n".join(messages).decode().split("\n"), hashes, {},
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


def _plain(texts: Sequence[bytes]) -> tuple[Sequence[int], Sequence[bytes]]:
    """(positions, texts) of those that are UTF-8 without control characters, each in one line."""
    whole = b"\n".join(texts)
    if _is_plain(whole) and whole.count(b"\n") == len(texts) - 1:
        return range(len(texts)), texts
    plain = [_is_plain(text) and b"\n" not in text for text in texts]
    return list(compress(range(len(texts)), plain)), list(compress(texts, plain))


def _is_plain(text: bytes) -> bool:
    letters = np.frombuffer(text, np.uint8)
    if np.count_nonzero(letters < _BLANK) > text.count(b"\n") + text.count(b"\t") or b"\x7f" in text:
        return False
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _quiet(messages: Sequence[bytes]) -> Iterator[int]:
    """Positions of the messages that need no closer look."""
    loud: set[int] = set()
    ends: list[int] = []
    for match in _CLOSER.finditer(b"\n".join(messages)):
        ends = ends or list(accumulate(len(message) + 1 for message in messages))
        loud.add(bisect_right(ends, match.start()))
    return (at for at in range(len(messages)) if at not in loud)


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
