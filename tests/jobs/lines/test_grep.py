from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.errors import UsageError
from logtrace.jobs.intake import work
from logtrace.jobs.lines import grep, places, searched
from logtrace.jobs.lines.places import count_matching, lines_at, matching, others
from logtrace.jobs.lines.searched import Found, Pattern
from logtrace.jobs.verbs.store import Store
from logtrace.query.values import compiled_pattern
from logtrace.store.reading.lines import Packed
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


def test_letter_case_is_that_of_a_pattern_also_beside_what_is_no_ascii(tmp_path: Path):
    take(tmp_path / "s.db", write(tmp_path / "a.log", [*story(), "\N{KELVIN SIGN}elvin", "KELVIN", "ä", "Ä"]))
    with Store(tmp_path / "s.db") as opened:
        for pattern, found in (("kelvin", 2), ("KELVIN", 2), ("ä", 2)):
            assert sum(opened.grep_counts(pattern, ignore_case=True).values()) == found
            assert len(list(opened.grep(pattern, literal=True, ignore_case=True))) == found


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
    chunk = Packed(1, 1, "", 1, "", 0, b"")
    for invert, wanted in ((False, expected), (True, [each for each in enumerate(lines) if each not in expected])):
        sought = Pattern(pattern, invert=invert)
        places = searched.finding(sought)(data)
        assert all(before < after for before, after in pairwise(places.bounds))
        found = Found(chunk, *searched.taking(sought)(data), searched.finding(sought))
        assert list(zip(found.indexes(data), found.lines, strict=True)) == wanted
        assert places.many == found.many == len(wanted)
    assert count_matching(data, compiled) == len(expected)


@given(st.text("abAB\n", max_size=200), st.text("abA", min_size=1, max_size=3), st.booleans(), st.sampled_from([0, 3, 4_096]))
def test_plain_text_is_found_as_a_pattern_finds_it(text: str, needle: str, ignore_case: bool, far: int):
    data, pattern = text.encode(), Pattern(needle, literal=True, ignore_case=ignore_case)
    found = matching(data, pattern.compiled)
    many = places.count_having_in_any_case if ignore_case else places.count_having
    with pytest.MonkeyPatch.context() as patch:
        for limit, value in (("_FAR", far), ("_BLOCK", far), ("_FEW", 2)):
            patch.setattr(places, limit, value)
        assert searched.finding(pattern)(data) == found
        assert searched.finding(pattern._replace(invert=True))(data) == others(data, found)
        assert searched.taking(pattern)(data) == (found.many, lines_at(data, found.bounds))
        assert many(data, pattern.needle, pattern.ahead) == found.many


@pytest.mark.parametrize("ignore_case", [False, True])
def test_what_a_text_is_looked_for_in_is_not_copied(ignore_case: bool):
    class Bytes(bytes):
        """Those of a chunk."""

        def lower(self) -> bytes:
            raise AssertionError

    find = searched.finding(Pattern("Needle", ignore_case=ignore_case))
    assert find(Bytes((b"x" * 99 + b"\n") * 9 + b"a Needle")) == (1, [900, 908])


def test_what_is_no_plain_text_is_a_pattern():
    for plain in (Pattern("a.b", literal=True), Pattern('"a-b_c": /d')):
        assert plain.needle == plain.text.encode()
    others = [Pattern("a.b"), Pattern("ä", literal=True, ignore_case=True), Pattern("a\nb", literal=True), Pattern("")]
    others += [Pattern(f"a{special}b") for special in r"\.+*?()|[]{}^$"]
    assert {other.needle for other in others} == {b""}


@given(st.text("at zé\n", max_size=40), st.text("at zéT", min_size=1, max_size=6))
def test_where_a_text_is_its_rarest_end_is_found(text: str, needle: str):
    data, ahead = text.encode(), Pattern(needle, literal=True).ahead
    place = data.find(needle.encode())
    assert place < 0 or ahead(data, 0) <= place
    assert ahead(data, 0) == len(data) or data[ahead(data, 0) - 1 : ahead(data, 0)] in (b"", b"\n")


def test_chunks_are_looked_through_for_the_rarest_end_of_a_text():
    found = {text: Pattern(text, ignore_case=text == "aTeee").scout for text in ("timeout", "Throttling", "aé", "aTeee", "ab")}
    assert found == {"timeout": b"meout", "Throttling": b"Throttling", "aé": b"", "aTeee": b"", "ab": b"ab"}


class _Looked(bytes):
    """Those of a chunk; `bytes_seen` counts how many are looked at, or copied."""

    bytes_seen = 0

    def find(self, what: bytes, start: int = 0) -> int:  # type: ignore[override]
        place = super().find(what, start)
        self.bytes_seen += (place if place >= 0 else len(self)) - start
        return place

    def rfind(self, what: bytes, start: int, end: int) -> int:  # type: ignore[override]
        place = super().rfind(what, start, end)
        self.bytes_seen += end - max(place, start)
        return place

    def __getitem__(self, part: slice) -> bytes:  # type: ignore[override]
        found = super().__getitem__(part)
        self.bytes_seen += len(found)
        return found


_FEW_LINES = [b"needle", *[b""] * 5_000, b"end"]


@pytest.mark.slow
@pytest.mark.parametrize("lines", [_FEW_LINES, [*_FEW_LINES, *_FEW_LINES] * 9, [b"needle", b""] * 5_000, [b"needle"] * 5_000])
@pytest.mark.parametrize("pattern", ["needle", "^$", "", "e", "[nd]"])
def test_no_line_is_looked_at_for_each_other(lines: list[bytes], pattern: str):
    """Work that grows with the square of the lines would take minutes where a chunk has a million of blank ones."""
    wanted = Pattern(pattern)
    for look in (
        searched.finding(wanted), searched.finding(wanted._replace(invert=True)),
        searched.taking(wanted), lambda data: places.count_matching(data, wanted.compiled),
        lambda data: places.count_having(data, b"needle", Pattern("needle").ahead),
    ):  # fmt: skip
        data = _Looked(b"\n".join(lines))
        look(data)
        assert data.bytes_seen <= 4 * len(data)


def _many() -> list[str]:
    """Lines that are read many at once, and all that makes them differ: ids that are no digits, none, no time, a level."""
    usual = [line(f"{n:032x}", f"{n + 1:016x}", n, f"m{n}", level="error" if n % 7 == 0 else "info") for n in range(700)]
    odd = [line("req-é", "s!", 1, "x"), line("0" * 31 + "1", "", 2, "y"), '{"msg": "no ids", "service": "z"}', "text"]
    return [text for each in range(5) for text in (*usual[each::5], *odd)] * 4


def test_lines_that_are_read_together_say_what_each_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(work, "CHUNK", 3_000)
    take(tmp_path / "s.db", write(tmp_path / "edge.log", _many()))
    with Store(tmp_path / "s.db") as opened:
        lists = list(opened.grep_together(""))
        assert len(lists) > 2
        assert max(map(len, lists)) > 64
        found = list(opened.grep(""))
        assert found == [hit for some in lists for hit in some]
        named = [hit for some in opened.hits("") for hit in some.rows()]
        assert named == [(hit.trace_id, hit.span_id, hit.service, hit.text) for hit in found]
        alone = grep.decoded(opened.reader, Pattern(""))
        for hit, (record, span_id, text, path, number) in zip(found, alone, strict=True):
            assert (hit.text, hit.path, hit.line, hit.span_id) == (text, path, number, span_id)
            if record is not None:
                assert hit[2:6] == (record.service, record.time_ns, record.severity, record.body)
                assert hit.trace_id == ("" if record.trace is None else str(record.trace))


def test_a_line_of_a_stack_is_of_the_request_that_it_belongs_to(tmp_path: Path):
    begun = f"2024-01-10T14:30:00.000Z [ERROR] [api] it broke trace_id={TRACES[0]}"
    lines = [begun, "goroutine 1 [running]:", "\tmain.go:24 +0x65", "2024-01-10T14:30:01.000Z [INFO] [api] on we go"]
    take(tmp_path / "s.db", write(tmp_path / "api.log", [*lines, *story()]))
    with Store(tmp_path / "s.db") as opened:
        assert [hit.trace_id for hit in opened.grep("main.go:24|on we go")] == [TRACES[0], ""]
