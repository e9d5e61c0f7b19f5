"""Lines that were found as plain text, for pipes: what needs neither colours nor a width loads no library for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

from logtrace.views.elements.ids import significant_id
from logtrace.views.elements.text import clean

_REMEMBERED = 4_096
_ZEROS = b"0" * 16
_NAMES = b"%b %b %b "


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
    """What is shown of lines, as columns of UTF-8; text: the lines with line ends. clean: whether are_clean_utf8 says so."""

    @property
    def traces(self) -> Sequence[bytes]: ...
    @property
    def spans(self) -> Sequence[bytes]: ...
    @property
    def services(self) -> Sequence[bytes]: ...
    @property
    def text(self) -> bytes: ...
    @property
    def clean(self) -> bool: ...


def plain_lines(of: ShownColumns) -> bytes:
    """`trace span service line` of each, with line ends, in UTF-8; see names."""
    text = of.text if of.clean else b"\n".join([*_each(_text, of.text.split(b"\n")[:-1], "replace"), b""])
    names = [b""] * (3 * len(of.traces))
    names[0::3] = of.traces if _are_words(of.traces, _ZEROS) else _each(_trace, of.traces)
    names[1::3] = of.spans if _are_words(of.spans) else _each(_span, of.spans)
    names[2::3] = _each(_service, of.services)
    return _with_names(text, names)


def _with_names(text: bytes, names: Sequence[bytes]) -> bytes:
    """Lines with line ends, three names before each: they are put in by one format, so that no line is made for itself."""
    lines = text.replace(b"%", b"%%").replace(b"\n", b"\n" + _NAMES)
    return (_NAMES + lines.removesuffix(_NAMES)) % tuple(names)


def names(line: Shown) -> tuple[str, str, str]:
    """(trace, span, service) of a line, each one word, - for what the line does not name."""
    return _trace(line.trace_id), _span(line.span_id), _service(line.service)


def _are_words(column: Sequence[bytes], but: bytes = b"\n") -> bool:
    """Whether all are shown as they are: letters and digits, without a text that is treated otherwise."""
    data = b"".join(column)
    return data.isalnum() and b"" not in column and but not in data


def _each(shown: Callable[[str], str], column: Sequence[bytes], errors: str = "surrogatepass") -> list[bytes]:
    known = {data: shown(data.decode("utf-8", errors)).encode() for data in set(column)}
    return [known[data] for data in column] if len(known) > 1 else [*known.values()] * len(column)


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
