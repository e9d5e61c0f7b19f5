"""Lines that were found as plain text, for pipes: what needs neither colours nor a width loads no library for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

from logtrace.views.ids import significant_id
from logtrace.views.text import clean

_REMEMBERED = 4_096
_ZEROS = b"0" * 16


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


class ShownColumns(Protocol):
    """What is shown of lines, as columns of UTF-8. clean: whether is_clean_utf8 says so of all lines."""

    @property
    def traces(self) -> Sequence[bytes]: ...
    @property
    def spans(self) -> Sequence[bytes]: ...
    @property
    def services(self) -> Sequence[bytes]: ...
    @property
    def lines(self) -> Sequence[bytes]: ...
    @property
    def clean(self) -> bool: ...


def plain_lines(of: ShownColumns) -> bytes:
    """`trace span service line` of each, with line ends, in UTF-8; see names."""
    columns = (
        of.traces if _are_words(of.traces, _ZEROS) else _each(_trace, of.traces),
        of.spans if _are_words(of.spans) else _each(_span, of.spans),
        _each(_service, of.services),
        of.lines if of.clean else _each(_text, of.lines, "replace"),
    )
    return b"\n".join([*map(b" ".join, zip(*columns, strict=True)), b""])


def names(line: Shown) -> tuple[str, str, str]:
    """(trace, span, service) of a line, each one word, - for what the line does not name."""
    return _trace(line.trace_id), _span(line.span_id), _service(line.service)


def _are_words(column: Sequence[bytes], but: bytes = b"\n") -> bool:
    """Whether all are shown as they are: letters and digits, without a text that is treated otherwise."""
    data = b"".join(column)
    return data.isalnum() and b"" not in column and but not in data


def _each(shown: Callable[[str], str], column: Sequence[bytes], errors: str = "surrogatepass") -> list[bytes]:
    known = {data: shown(data.decode("utf-8", errors)).encode() for data in set(column)}
    return [known[data] for data in column]


@lru_cache(_REMEMBERED)
def _trace(trace_id: str) -> str:
    return significant_id(trace_id) or "-"


def _span(span_id: str) -> str:
    return clean(span_id) or "-"


@lru_cache(_REMEMBERED)
def _service(service: str) -> str:
    return clean(service).replace(" ", "_") or "-"


def _text(line: str) -> str:
    return clean(line.removesuffix("\r"))
