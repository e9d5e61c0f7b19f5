from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.errors import UsageError
from logtrace.jobs import work
from logtrace.jobs.grep import Pattern, _having, _matching, _needle
from logtrace.jobs.opened import Store
from logtrace.query.values import compiled_pattern
from tests.jobs.stores import TRACES, line, story, take, write


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A story in two files, each in several chunks; with lines that are text, blank, or of no trace."""
    folder = tmp_path_factory.mktemp("grep")
    first, then = story()[::2], story()[1::2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "CHUNK", 300)
        take(folder / "s.db", write(folder / "a.log", [*first, "", "panic: a [red] b", "no json"]))
        take(folder / "s.db", write(folder / "b.log", then))
    with Store(folder / "s.db") as opened:
        yield opened


def test_lines_come_with_what_they_name(store: Store):
    (found,) = [hit for hit in store.grep("inserting") if hit.trace_id == TRACES[0]]
    assert (found.span_id, found.service, found.body) == ("b0" * 8, "db", "inserting")
    assert found.text in story()
    lines = Path(found.path).read_text().splitlines()
    assert lines[found.line - 1] == found.text


def test_lines_that_are_no_records_are_lines_all_the_same(store: Store):
    (found,) = store.grep("panic:.*red")
    assert (found.trace_id, found.span_id, found.service, found.text) == ("", "", "a", "panic: a [red] b")


@pytest.mark.parametrize(
    ("pattern", "more", "found"),
    [
        ("GOODBYE", {}, 0), ("GOODBYE", {"ignore_case": True}, 2), ("^no json$", {}, 1), ("[red]", {"literal": True}, 1),
        ("a.*\n.*b", {}, 0), ("nosuch", {}, 0), ("", {}, 15), ("^$", {}, 1), ("service", {"invert": True}, 3),
        ("[^x]no json", {}, 0),
    ],
)  # fmt: skip
def test_what_matches(store: Store, pattern: str, more: dict[str, bool], found: int):
    assert len(list(store.grep(pattern, **more))) == found
    assert sum(store.grep_counts(pattern, **more).values()) == found


def test_counts_name_every_source(store: Store):
    counts = store.grep_counts("panic")
    assert [Path(path).name for path in counts] == ["a.log", "b.log"]
    assert list(counts.values()) == [1, 0]


@pytest.mark.parametrize("pattern", ["(", "[a", r"(?=x)", r"(a)\1"])
def test_what_is_no_pattern_is_told(store: Store, pattern: str):
    with pytest.raises(UsageError, match="is no pattern"):
        list(store.grep(pattern))


def test_context_is_that_of_the_trace(store: Store):
    (run,) = [run for run in store.in_context(store.grep("inserting"), 1) if run[0][0].trace_id == TRACES[0]]
    assert [(found.body, hit) for found, hit in run] == [("started", False), ("inserting", True), ("failed", False)]
    whole = list(store.in_context(store.grep("started|failed"), 1))
    assert [len(run) for run in whole] == [5, 5]
    alone = list(store.in_context(store.grep("panic"), 3))
    assert [[hit for _, hit in run] for run in alone] == [[True]]


def test_a_line_that_a_runtime_split_is_one_record(tmp_path: Path):
    """The part that matches is no JSON by itself; what it is of is still told."""
    text = line(TRACES[0], "a0" * 8, 0, "x" * 9_000 + " needle " + "y" * 9_000)
    head = "2024-01-10T14:30:00.000000000Z stderr"
    parts = [f"{head} P {text[:8192]}", f"{head} P {text[8192:16384]}", f"{head} F {text[16384:]}"]
    take(tmp_path / "s.db", write(tmp_path / "0.log", [*parts, f"{head} F {line(TRACES[1], '', 1, 'other')}"]))
    with Store(tmp_path / "s.db") as opened:
        (found,) = opened.grep("needle")
        assert (found.trace_id, found.span_id, found.line) == (TRACES[0], "a0" * 8, 2)


@given(st.text("ab\n", max_size=30), st.sampled_from(["a", "b+", "^a", "b$", "^$", "", "a|b", "[^a]"]))
def test_lines_are_found_as_one_by_one(text: str, pattern: str):
    data = text.encode()
    compiled = compiled_pattern(pattern)
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    expected = [(at, found) for at, found in enumerate(lines) if compiled.search(found) is not None]
    assert list(_matching(data, compiled)) == expected


@given(st.text("ab\n", max_size=30), st.text("ab", min_size=1, max_size=3))
def test_plain_text_is_found_as_a_pattern_finds_it(text: str, needle: str):
    data = text.encode()
    assert list(_having(data, needle.encode())) == list(_matching(data, compiled_pattern(needle, literal=True)))


def test_what_is_no_plain_text_is_a_pattern():
    assert _needle(Pattern("a.b", literal=True)) == b"a.b"
    for other in (
        Pattern("a"),
        Pattern("a", literal=True, ignore_case=True),
        Pattern("a\nb", literal=True),
        Pattern("", literal=True),
    ):
        assert _needle(other) == b""
