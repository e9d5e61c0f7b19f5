"""Lines that were found as plain text, for pipes: what needs neither colours nor a width loads no library for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from logtrace.views.ids import significant_id
from logtrace.views.text import clean, is_clean

_REMEMBERED = 4_096


class Shown(Protocol):
    """What is shown of a line."""

    @property
    def trace_id(self) -> str: ...
    @property
    def span_id(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def text(self) -> str: ...


def plain_lines(lines: Sequence[Shown]) -> str:
    """`trace span service line` of each, with line ends; see names."""
    texts = [line.text for line in lines]
    if not is_clean("".join(texts)):
        texts = list(map(clean, texts))
    return "".join([f"{' '.join(names(line))} {text}\n" for line, text in zip(lines, texts, strict=True)])


def names(line: Shown) -> tuple[str, str, str]:
    """(trace, span, service) of a line, each one word, - for what the line does not name."""
    return _trace(line.trace_id), clean(line.span_id) or "-", _service(line.service)


@lru_cache(_REMEMBERED)
def _trace(trace_id: str) -> str:
    return significant_id(trace_id) or "-"


@lru_cache(_REMEMBERED)
def _service(service: str) -> str:
    return clean(service).replace(" ", "_") or "-"
