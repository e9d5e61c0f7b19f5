from __future__ import annotations

from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.envelopes import _joining as joining
from logtrace.ingest.envelopes import joined, may_be_partial, open_at_end, unwrap

HALF = "2025-11-10T19:36:18.1Z stdout P one "
REST = "2025-11-10T19:36:18.2Z stdout F two"
OTHER = "2025-11-10T19:36:18.15Z stderr F aside"


def cri(second: int, stream: str, text: str, partial: bool) -> str:
    return f"2025-11-10T19:36:{second % 60:02}.5Z {stream} {'P' if partial else 'F'} {text}"


def docker(second: int, stream: str, text: str, partial: bool) -> str:
    log = text if partial else text + "\n"
    return orjson.dumps({"log": log, "stream": stream, "time": f"2025-11-10T19:36:{second % 60:02}.5Z"}).decode()


def numbered(*lines: str) -> list[tuple[int, str]]:
    return list(enumerate(lines, 1))


plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=30)
texts = plain.map("x".__add__) | plain.map(lambda text: orjson.dumps({"msg": text}).decode())


@st.composite
def split_files(draw):
    """(physical lines, logical lines as (numbers of their physical lines, unsplit line)): two streams, interleaved."""
    wrap = draw(st.sampled_from([cri, docker]))
    waiting = {stream: [pieces_of(draw, text) for text in draw(st.lists(texts, max_size=4))] for stream in ("stdout", "stderr")}
    lines, logical = [], []
    begun = {}
    while streams := [stream for stream, left in waiting.items() if left]:
        stream = draw(st.sampled_from(streams))
        piece, *rest = waiting[stream][0]
        text = piece + "".join(rest)
        number = len(lines) + 1
        lines.append(wrap(number, stream, piece, bool(rest)))
        if stream not in begun:
            begun[stream] = [], wrap(number, stream, text, False)
            logical.append(begun[stream])
        begun[stream][0].append(number)
        if rest:
            waiting[stream][0] = rest
        else:
            waiting[stream].pop(0)
            del begun[stream]
    return lines, logical


def pieces_of(draw, text):
    bounds = [0, *sorted(draw(st.lists(st.integers(0, len(text)), max_size=3))), len(text)]
    return [text[a:b] for a, b in pairwise(bounds)]


@given(split_files())
def test_split_and_interleaved_lines_are_as_if_never_split(file):
    lines, logical = file
    found = [(number, unwrap(line), count) for number, line, count in sorted(joined(enumerate(lines, 1)))]
    assert found == [(numbers[0], unwrap(line), len(numbers)) for numbers, line in logical]


@given(split_files())
def test_no_line_that_goes_on_is_missed(file):
    lines, logical = file
    go_on = {number for numbers, _ in logical for number in numbers[:-1]}
    assert go_on <= {number for number, line in enumerate(lines, 1) if may_be_partial(line.encode())}


def test_text_of_ordinary_lines_holds_no_part():
    assert not any(may_be_partial(line.encode()) for line in ("plain", *REST.splitlines(), docker(1, "stdout", "x", False)))


@given(split_files())
def test_a_line_is_open_between_its_first_part_and_its_last(file):
    lines, logical = file
    for at in range(1, len(lines) + 1):
        tail = "".join(line + "\n" for line in lines[:at]).encode()
        assert open_at_end(tail) == any(numbers[0] <= at < numbers[-1] for numbers, _ in logical)


def test_streams_interleave():
    assert list(joined(numbered(HALF, OTHER, REST))) == [
        (2, OTHER, 1),
        (1, "2025-11-10T19:36:18.1Z stdout F one two", 2),
    ]


def test_a_part_that_nothing_continues_is_given_out_as_it_is():
    assert list(joined(numbered(OTHER, HALF))) == [(1, OTHER, 1), (2, HALF, 1)]
    assert list(joined(numbered(HALF, HALF))) == [(1, "2025-11-10T19:36:18.1Z stdout P one one ", 2)]


def test_parts_left_over_come_in_the_order_of_the_file():
    other = HALF.replace("stdout", "stderr")
    assert [number for number, _, _ in joined(numbered(HALF, other, HALF))] == [1, 2]


def test_dockers_last_entry_without_a_newline_is_not_lost():
    lines = numbered(docker(1, "stdout", "a", False), docker(2, "stdout", "b", True))
    assert [unwrap(line).text for _, line, _ in joined(lines)] == ["a", "b"]


def test_records_whose_newlines_something_dropped_are_not_glued_together():
    lines = numbered(*(docker(i, "stdout", f'{{"n":{i}}}', True) for i in range(3)))
    assert list(joined(lines)) == [(number, line, 1) for number, line in lines]


def test_a_first_part_that_is_no_whole_object_is_continued_by_a_brace():
    lines = numbered(docker(1, "stdout", '{"a":', True), docker(2, "stdout", '{"b":1}}', False))
    assert [unwrap(line).record for _, line, _ in joined(lines)] == [{"a": {"b": 1}}]


def test_an_object_is_continued_by_anything_but_an_object():
    lines = numbered(docker(1, "stdout", "{}", True), docker(2, "stdout", " and more", False))
    assert [unwrap(line).text for _, line, _ in joined(lines)] == ["{} and more"]


def test_a_flag_says_more_than_the_look_of_the_text():
    assert [
        unwrap(line).text for _, line, _ in joined(numbered(cri(1, "stdout", "{}", True), cri(2, "stdout", "{}", False)))
    ] == ["{}{}"]


def test_attrs_of_the_first_part_stay():
    first = '{"log":"a","stream":"stdout","attrs":{"tag":"t"},"time":"2025-11-10T19:36:18Z"}'
    ((_, line, count),) = joined(numbered(first, docker(2, "stdout", "b", False)))
    assert (unwrap(line).text, dict(unwrap(line).outer.resource)["log.tag"], count) == ("ab", "t", 2)


def test_lines_of_no_envelope_pass_while_a_line_is_open():
    assert [line for _, line, _ in joined(numbered(HALF, "panic: x", '{"msg":"y"}', REST))] == [
        "panic: x",
        '{"msg":"y"}',
        "2025-11-10T19:36:18.1Z stdout F one two",
    ]


def test_bytes_split_within_a_character_meet_again():
    head, tail = "é".encode()[:1], "é".encode()[1:]
    lines = [HALF.encode() + head, b"2025-11-10T19:36:18.2Z stdout F " + tail]
    texts = [line.decode("utf-8", "surrogateescape") for line in lines]
    ((_, line, _),) = joined(enumerate(texts))
    assert line.encode("utf-8", "surrogateescape").decode() == "2025-11-10T19:36:18.1Z stdout F one é"


def test_a_line_that_never_ends_is_given_out_in_bounded_pieces(monkeypatch):
    monkeypatch.setattr(joining, "MAX_JOINED", 10)
    found = list(joined(numbered(*[HALF] * 7)))
    assert [count for _, _, count in found] == [3, 3, 1]
    assert all(unwrap(line).outer.partial for _, line, _ in found)


@pytest.mark.parametrize(
    "line", ["", "plain", '{"msg":"x"}', '{"log":"x\\n","stream":"stdout","time":"2025-11-10T19:36:18Z"}', REST]
)
def test_ordinary_lines_are_surely_whole(line):
    assert not may_be_partial(line.encode())


def test_a_tail_may_begin_anywhere():
    tail = "".join(line + "\n" for line in [REST, OTHER, HALF, OTHER]).encode()
    assert all(open_at_end(tail[at:]) for at in range(len(REST + OTHER)))


def test_a_long_lone_end_of_a_line_may_be_a_part():
    whole = ("2025-11-10T19:36:18.2Z stdout F " + "x" * 20_000 + "\n").encode()
    assert open_at_end(whole[100:])
    assert not open_at_end(whole)
    assert not open_at_end(b"short\n")
    assert not open_at_end(b"")


def test_a_line_that_begins_like_a_record_continues_no_other() -> None:
    """The rest of a long docker line can be lost; what follows with a time of its own is the next record."""
    cut = '{"log":"17:59:50.473 INFO a.B#1 TraceID: aa ' + "x" * 9000 + '","stream":"stdout","time":"2023-01-29T09:59:50.1Z"}'
    whole = '{"log":"17:59:50.491 INFO a.C#2 TraceID: bb done\\n","stream":"stdout","time":"2023-01-29T09:59:50.2Z"}'
    assert list(joined([(0, cut), (1, whole)])) == [(0, cut, 1), (1, whole, 1)]
