from __future__ import annotations

from datetime import UTC

from hypothesis import example, given
from hypothesis import strategies as st

from logtrace.jobs.lines.hits import NamedLines, named_lines
from logtrace.model import ErrorLevel, LogLine
from logtrace.query.found import Hit, Match
from logtrace.views.elements.text import are_clean_utf8
from logtrace.views.lines.grep import coloured_line
from logtrace.views.lines.plain import plain_lines
from logtrace.views.lists.hits import hits_table, timeline_table
from tests.builders import MS, T0, TRACE_ID
from tests.views.lists.test_tables import summary
from tests.views.show import lines_of

_IDS = (b"", b"4bf92f3577b34da6", b"0" * 16 + b"1" * 16, b"two words", b"\x1b[31m", "é\u202eid".encode(), b"\xed\xa0\x80")
_LINES = (b"", b"a\tb", b"line\r", b"\xff\xfe", "é".encode(), "\u200bx".encode(), b"\x7f", b'{"a": 1}', b"%b %")


def match(error: int = 0, **more: object) -> Match:
    return Match(**{"trace_id": TRACE_ID, "span_id": "a1" * 8, "service": "edge", "operation": "Insert", "start_ns": T0,
                    "duration_ns": 5 * MS, "error": error, **more})  # type: ignore[arg-type]  # fmt: skip


def test_soft_errors_are_labelled_and_the_longest_match_is_told():
    table = lines_of(
        hits_table([Hit(summary(errors=3), 2, 4, match()), Hit(summary(errors=1), 0, 1, match(duration_ns=None))], UTC), 140
    )
    head, first, second = table
    assert head.split("  ")[-1].strip() == "request"
    assert "trace took" in head
    assert "3 (2 soft)" in first
    assert " 5ms " in first
    assert "soft" not in second


def test_without_spans_asked_for_there_is_one_duration():
    head = lines_of(hits_table([Hit(summary(), 0, 0, None)], UTC), 140)[0]
    assert "span took" not in head
    assert "trace took" not in head


def test_a_timeline_tells_lines_from_spans_and_soft_from_hard():
    line = match(span_id="", trace_id="", operation="closed\n\x1b[31m", duration_ns=None, path="a.log", line=7)
    rows = lines_of(timeline_table([match(ErrorLevel.HARD), match(ErrorLevel.SOFT), line, match(start_ns=None)], UTC), 140)
    assert "✗ error" in rows[1]
    assert "soft error" in rows[2]
    assert "(line)" in rows[3]
    assert "closed\\n\\x1b[31m" in rows[3]
    assert rows[4].startswith("(no time)")


def test_a_line_that_names_nothing_keeps_its_columns():
    line = LogLine("", "", "two words", None, 0, "b", "a\tb", "x.log", 1)
    assert plain_lines(named_lines([line])) == b"- - two_words a\\tb\n"


@example([(_IDS[1], _IDS[1], _IDS[1], b""), (b"", b"", b"", b"")])
@given(st.lists(st.tuples(*[st.sampled_from(column) for column in (_IDS, _IDS, _IDS, _LINES)]), min_size=1))
def test_columns_are_shown_as_line_by_line(rows: list[tuple[bytes, ...]]):
    """However they fall together: what is odd about one is no matter to the others."""
    *names, lines = map(list, zip(*rows, strict=True))
    text = b"".join([line + b"\n" for line in lines])
    found = NamedLines(*names, text, are_clean_utf8(text))
    assert plain_lines(found).decode() == "".join([coloured_line(line).plain + "\n" for line in found.rows()])
