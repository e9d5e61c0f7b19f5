"""A line again and again costs next to nothing, and gives what each of the lines would give."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.envelopes import ENVELOPES
from logtrace.ingest.formats import FORMATS
from logtrace.ingest.formats.texts import TEXTS
from logtrace.ingest.objects.again import line_again, read_again
from logtrace.ingest.objects.batches import Batch, Rejection
from logtrace.ingest.records import Decoder

_EXAMPLES = [text for text in (*(each.example for each in (*FORMATS, *ENVELOPES)), *(each.EXAMPLE for each in TEXTS)) if text]
_BITS = (
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    "null",
    "1",
    '"x"',
    "a",
    ":",
    ",",
    "\\",
    "\t",
    "\r",
    "\x00",
    "at x",
    "stderr P ",
    "x=1",
    ": ",
)
_WORTHLESS = ("", "{}", "{ }", "[]", "null", "x", '{"a":{}}', '{"log":"x"}', '{"log":"x\\n"}', "{", "[", "}", "],")


def told(decoder: Decoder, data: bytes) -> list[tuple[int, object, int]]:
    return [
        (index, found if isinstance(found, str) else found._replace(attributes=frozenset(found.attributes)), parts)  # type: ignore[arg-type]
        for index, found, parts in decoder.lines(data)
    ]


def same(line: str, many: int) -> None:
    general = Decoder()
    general._is_usual = False
    data = (line.encode("utf-8", "replace") + b"\n") * many
    assert told(Decoder(), data) == told(general, data)


@pytest.mark.parametrize("line", [*_WORTHLESS, *(text for text in _EXAMPLES if "\n" not in text)])
def test_it_gives_what_each_line_gives(line: str):
    same(line, 90)


@given(line=st.lists(st.sampled_from(_BITS), max_size=6).map("".join))
def test_so_does_any_line(line: str):
    same(line, 66)


@pytest.mark.parametrize("line", _WORTHLESS)
def test_few_of_them_are_read(line: str):
    read: list[int] = []
    decoder = Decoder()

    def counted(lines: list[tuple[int, bytes]]) -> Iterator[Batch | Rejection]:
        read.append(len(lines))
        return decoder._general.read(lines)

    again = line_again(f"{line}\n".encode() * 10_000)
    assert again == (line.encode(), 10_000)
    made = read_again(*again, counted)
    assert made is not None
    list(made)
    assert sum(read) < 20


def test_others_are_left_to_the_rest():
    trace = b'{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}\n'
    again = line_again(trace * 100)
    assert again is not None
    assert read_again(*again, Decoder()._general.read) is None
    parts = b'{"log":"x","stream":"stdout","time":"2024-01-10T14:30:00Z"}'  # docker puts one line together from these
    assert read_again(parts, 100, Decoder()._general.read) is None
    for data in (b"", b"x", b"x\n" * 10, b"x\n" * 100 + b"y\n", b"x\n" * 100 + b"x", b"y\n" + b"x\n" * 100, b"x" * 300 + b"\n"):
        assert line_again(data) is None
