from __future__ import annotations

from datetime import UTC

from logtrace.analysis.statistics.error_groups import MINUTE_NS, ErrorRow, error_groups
from logtrace.store.upkeep.notes import Note
from logtrace.views.elements.glyphs import ASCII, UNICODE, Glyphs
from logtrace.views.errors.groups import error_groups_view, when_text
from logtrace.views.errors.notes import notes_view
from tests.analysis.statistics.test_error_groups import T0, row, text
from tests.views.show import lines_of


def shown(rows: list[ErrorRow], width: int = 80, most: int = 10, glyphs: Glyphs = UNICODE, **options: int) -> list[str]:
    return lines_of(error_groups_view(error_groups(rows, text, **options), most, {}, UTC, glyphs), width)


def test_kinds_most_frequent_first() -> None:
    rows = [row(n, minute=n) for n in range(3)] + [row(9, key=5, message="other\x1b[2J", minute=1)]
    lines = shown(rows)
    assert lines[0] == "errors    4 in 4 requests"
    assert "     3  api: op: E: boom" in lines
    assert r"     1  api: op: E: other\x1b[2J" in lines
    assert any(line.endswith("3 requests: t2, t1, t0") for line in lines)
    assert shown(rows, most=1)[-1] == "1 more kind, 1 error: --all shows them"


def test_nothing_and_what_was_only_passed_on() -> None:
    assert shown([]) == ["errors    0 in 0 requests"]
    assert shown([row(key=1), row(key=2, parent=1, operation="leaf")])[-1].startswith("1 more kind was only passed on")


def test_new_and_first_seen() -> None:
    rows = [row(1, minute=0), row(2, minute=20), row(3, minute=30, message="fresh")]
    text = "\n".join(shown(rows, since_ns=T0 + MINUTE_NS, begins_ns=T0))
    assert text.count("new: never seen before") == 1
    assert "first seen 2024-01-10T14:30:00Z" in text


def test_when() -> None:
    minutes = [(T0, 1), (T0 + 2 * MINUTE_NS, 8)]
    assert when_text(minutes, 60, UTC, UNICODE) == "14:30 ▁·█ 14:32, a minute each, at most 8"
    assert when_text(minutes, 60, UTC, ASCII) == "14:30 _.@ 14:32, a minute each, at most 8"
    assert "41m00s each" in when_text([(T0, 1), (T0 + 1000 * MINUTE_NS, 8)], 45, UTC, UNICODE)


def test_any_width_and_ascii() -> None:
    rows = [row(n, message="word " * 50 + "x" * 300, minute=n * 99, service="s\u202e" * 30) for n in range(4)]
    for width in (40, 80, 200):
        lines = shown(rows, width)
        assert all(len(line) <= width and line.isprintable() for line in lines)
    assert all(line.isascii() for line in shown([row()], glyphs=ASCII))


def test_notes_stand_by_their_kind() -> None:
    found = error_groups([row()], text)
    notes = {found.groups[0].fingerprint: [Note(found.groups[0].fingerprint, "see\x1b the runbook", T0)]}
    lines = lines_of(error_groups_view(found, 10, notes, UTC, UNICODE), 80)
    assert lines[-1] == r"        note      see\x1b the runbook (2024-01-10)"
    assert lines_of(notes_view(notes[found.groups[0].fingerprint], UTC), 80)[1] == r"  see\x1b the runbook"
