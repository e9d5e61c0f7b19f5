"""Proposals: whatever the lines, a table that a configuration takes; and the guesses one by one."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace import config
from logtrace.ingest.discover.aligned import aligned
from logtrace.ingest.discover.clocks import as_clock
from logtrace.ingest.discover.hints import NONE, STRONG, WEAK, hint, unit_in, words_of
from logtrace.ingest.discover.ids import Guess, Ids, find_ids
from logtrace.ingest.discover.kinds import GENERAL, Reader
from logtrace.ingest.discover.layout import JOINED, layouts, with_joined_time, within_texts
from logtrace.ingest.discover.outcomes import fails, succeeds
from logtrace.ingest.discover.proposal import is_sure, proposals, propose, renamed
from logtrace.ingest.discover.prose import patterns
from logtrace.ingest.discover.rows import Column, Row, columns_of, flat, may_be_id
from logtrace.ingest.discover.times import find_times
from logtrace.ingest.discover.words import find_words
from logtrace.ingest.discover.written import Written
from logtrace.ingest.own.texts import matched
from logtrace.ingest.vocabulary.readings import level_of
from logtrace.sections import no_pattern
from tests.ingest.discover.dialects import hexed

T0 = 1_704_897_000_000_000_000
KEYS = (
    "trace",
    "korrelation",
    "id",
    "parent",
    "zeit",
    "ts",
    "dauer_ms",
    "dienst",
    "op",
    "msg",
    "stufe",
    "a.b",
    "ev",
    "ok",
    "err",
    "k\x1b\n",
)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.integers(), st.floats(allow_nan=False), st.text(max_size=12),
    st.sampled_from(["a1b2c3d4e5f60718", "s-1", "s-2", "2024-01-10T14:30:00Z", "5ms", "INFO", "FEHLER", "B", "E"]),
    st.lists(st.integers(0, 3), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=2),
)  # fmt: skip
RECORDS = st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), max_size=12)


def column(*values: object, key: str = "x") -> Column:
    return columns_of([Row({key: value}) for value in values])[key]


@given(RECORDS)
def test_any_records_give_a_table_that_can_be_read(records):
    proposal = propose("any", [Row(flat(record)) for record in records])
    table = tomllib.loads(proposal.toml()).get("formats", {}).get("any", {})
    assert {"name": "any", **table} == proposal.table() or not proposal.trace
    assert proposal.toml().isprintable() or "\n" in proposal.toml()
    assert all(line.isprintable() for line in proposal.toml().splitlines())


@pytest.mark.slow
@given(RECORDS)
def test_a_configuration_takes_any_table(tmp_path_factory, records):
    proposal = propose("any", [Row(flat(record)) for record in records])
    path: Path = tmp_path_factory.mktemp("any") / "logtrace.toml"
    path.write_text(proposal.toml(), encoding="utf-8")
    assert list(config.load([path]).formats) == (["any"] if proposal.trace else [])


def test_numbers_to_the_right_of_their_column_may_get_longer():
    told = [("charge", 7), ("call bank", 31), ("load it", 131), ("go", 55)]
    lines = [f"2024-01-10 14:30:0{at} pay    {work:<11}a{at}b2c3d4 {took:>6} {work[:2]}" for at, (work, took) in enumerate(told)]
    (pattern,) = aligned(lines)
    found = matched(lines[0].replace("      7 ", " 123457 "), pattern)
    assert [*(found or {}).values()] == ["2024-01-10 14:30:00", "pay", "charge", "a0b2c3d4", 123457, "ch"]


@given(st.lists(st.text(alphabet="ab1 ", max_size=30), min_size=4, max_size=9))
def test_any_lines_are_aligned_or_not(lines):
    for pattern in aligned(lines):
        assert not no_pattern(pattern)


@given(st.lists(st.text(alphabet="ab1 |;,=:[]-'<\t", max_size=40), max_size=12))
def test_any_text_is_parted_or_not(lines):
    for layout in layouts([(line, "") for line in lines]) if lines else ():
        renamed(propose("any", layout.rows))


WORDS = [
    "flow",
    "leg:",
    "took",
    "5 ms",
    "a1b2c3",
    "[",
    "]",
    "'",
    "|",
    "-",
    "(",
    ")",
    "{",
    "\\",
    "^",
    "größe",
    "2024-01-10 14:30:00",
    "ERROR",
]


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join), min_size=3, max_size=8))
def test_any_lines_give_patterns_that_can_be_compiled(lines):
    for parts in patterns(lines):
        pattern = Written().pattern(parts)
        assert no_pattern(pattern) == ""
        assert len(parts) > 1 or any(matched(line, pattern) is not None for line in lines)


def written(*lines: str) -> str:
    return Written().pattern(next(patterns(lines)))


def test_what_all_lines_have_parts_what_differs():
    lines = ("a <x> took 5 ms", "b <y z> took 10 ms", "c <x> took 7 ms")
    assert written(*lines) == r"(?P<column1>\S+) <(?P<column2>[^>]+)> took (?P<took>\S+ \S+)"


def test_what_some_lines_lack_is_optional():
    lines = ("x flow:a1 up:b7 done", "y flow:a2 done", "z flow:a3 up:b9 done")
    assert written(*lines) == r"(?P<column1>\S+) flow:(?P<flow>\S+)(?: up:(?P<up>\S+))? done"


def test_a_level_parts_names_of_now_one_now_more_words():
    lines = ("kasse INFO pay now n=1", "lager WARN look n=2", "kasse INFO pay n=3")
    assert written(*lines) == r"(?P<column1>\S+) (?P<column2>\S+) (?P<column3>.+?) n=(?P<n>\S+)"


def test_a_user_whom_sentences_name_is_no_trace():
    lines = [(f"2024-01-10 14:30:{n:02} user {hexed('u', n % 4, 12)} saw page {n % 7}", "") for n in range(40)]
    proposals = [propose("any", layout.rows) for layout in layouts(lines)]
    assert proposals and not any(found.trace for found in proposals)


def test_a_user_whom_messages_of_objects_name_is_no_trace():
    said = ["user {} saw page {}", "order {} has {} items"]
    for text in said:
        rows = [Row({"time": f"2024-01-10T14:30:{n:02}Z", "msg": text.format(hexed("u", n % 4, 12), n % 7)}) for n in range(40)]
        found = [each for layout in within_texts(rows) for each in proposals("any", layout.rows)]
        assert found and not any(is_sure(each) and each.trace for each in found)


def test_columns_that_a_directive_names():
    lines = ["#Version: 1.0", "#Fields: date time x-flow x-step x-up work time-taken"]
    lines += [f"2024-01-10 14:30:{n:02} a{n // 2:07} b{n:07} {'-' if n % 2 else f'b{n + 1:07}'} pay{n % 2} {n}" for n in range(8)]
    layout = next(layouts([(line, "") for line in lines]))
    assert layout.told == {"separator": " ", "columns": ["date", "time", "x-flow", "x-step", "x-up", "work", "time-taken"]}
    assert len(layout.rows) == 8, "directives are no rows"
    told = {setting.key: setting.value for setting in propose("any", layout.rows).settings}
    assert (told["trace"], told["span"], told["parent"]) == ("x-flow", "x-step", "x-up")


def test_a_value_that_is_always_the_same_is_no_part_of_the_form():
    assert written("n=1 ok=yes", "n=2 ok=yes", "n=3 ok=yes") == r"n=(?P<n>\S+) ok=(?P<ok>\S+)"


def test_words_that_wander_are_no_columns():
    lines = [f"2024-01-10T14:30:0{n}Z {'x ' * (n % 3)}flow:a{n // 3}b leg:c{n}d done well" for n in range(9)]
    found = [layout.told for layout in layouts([(line, "") for line in lines])]
    assert found and all("pattern" in told for told in found)


def test_words_before_pairs_where_few_lines_have_fewer():
    lines = [f"{'' if n == 3 else 'a '}b c{' d' if n % 2 else ''} t=2024-01-10T14:30:{n:02}Z flow=a{n // 4}b" for n in range(40)]
    assert list(layouts([(line, "") for line in lines]))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("parentSpanId", ["parent", "span", "id"]), ("ctx.trace_id", ["ctx", "trace", "id"]), ("HTTPStatus", ["http", "status"]),
        ("x-t2", ["x", "t", "2"]), ("TOOK", ["took"]), ("größe", ["grosse"]), ("время", ["время"]),
        ("idŻądania", ["id", "zadania"]), ("идСвязки", ["ид", "связки"]),
    ],
)  # fmt: skip
def test_words_of_keys(key, words):
    assert words_of(key) == words


@pytest.mark.parametrize(
    ("key", "concept", "strength"),
    [("korrelationsId", "trace", STRONG), ("reqId", "trace", WEAK), ("zzz", "trace", NONE), ("parent.span", "parent", STRONG),
     ("idŻądania", "trace", WEAK), ("链路ID", "trace", STRONG), ("親工程", "parent", STRONG), ("идШага", "span", STRONG),
     ("dauerMs", "duration", STRONG), ("svcName", "service", STRONG), ("host", "service", WEAK)],
)  # fmt: skip
def test_hints(key, concept, strength):
    assert hint(key, concept) == strength


@pytest.mark.parametrize(
    ("key", "unit"),
    [
        ("dauer_ms", "ms"),
        ("tookMicros", "us"),
        ("elapsedNs", "ns"),
        ("time_s", "s"),
        ("s", ""),
        ("items", ""),
        ("a.ms", "ms"),
        ("secs", "s"),
        ("elapsedTicks", "100ns"),
        ("wait_minutes", "m"),
        ("耗时毫秒", "ms"),
    ],
)
def test_units_in_keys(key, unit):
    assert unit_in(key) == unit


def test_what_may_be_an_id():
    assert all(map(may_be_id, ["a1", 7, "deadbeef", "V-17", "0x1f", "abcdefghijklmnop"]))
    assert not any(map(may_be_id, ["word", "com.acme.payments.Charger", "two words", True, 1.5, None, "", -1]))


@pytest.mark.parametrize(
    ("values", "form", "unit"),
    [
        (["2024-01-10T14:30:00Z"] * 2, "", ""),
        ([1704897000.5, 1704897001], "", "s"),
        ([1704897000500, 1704897001000], "", "ms"),
        ([str(T0), str(T0 + 1)], "", "ns"),
        ([638404938002500000, 638404938002500001], "", "ticks"),
        (["133493706002500000"], "", "filetime"),
        (["10.01.2024 14:30:00,5", "10.01.2024 14:30:01,25"], "%d.%m.%Y %H:%M:%S,%f", ""),
        (["10/Jan/2024:14:30:00 +0100"], "", ""),
        (["20240110143000123"], "%Y%m%d%H%M%S%f", ""),
    ],
)  # fmt: skip
def test_times_in_any_form(values, form, unit):
    clock = as_clock(column(*values))
    assert clock is not None
    assert (clock.form, clock.unit) == (form, unit)


@pytest.mark.parametrize(
    "values", [["x1"], [5, 6], ["2024-01-10", "never", "soon"], [1e18, 4e18, 2e18], [None], [9_000_000_000_000]]
)
def test_what_is_no_time(values):
    assert as_clock(column(*values)) is None


def test_a_word_behind_a_time_is_no_part_of_it():
    rows = [Row({"at": f"2024-02-0{day}T10:00:00Z", "env": "prod", "trace": "a1b2c3d4"}) for day in (1, 2, 3)]
    assert propose("a", rows).table()["time"] == "at"
    rows = [Row({"at": f"2024-02-0{day}T10:00:00", "zone": "+01:00", "trace": "a1b2c3d4"}) for day in (1, 2, 3)]
    assert propose("a", rows).table()["time"] == ["at", "zone"]


def test_day_and_month_that_may_be_the_other_way_round_are_told():
    for written in ("{}/02/2024 10:00:00", "10:00:00 {}/02/2024"):
        rows = [Row({"when": written.format(day), "trace": "a1b2c3d4"}) for day in ("01", "02", "03")]
        assert "ASSUMED: day and month" in propose("a", rows).toml()
        sure = [*rows, Row({"when": written.format(17), "trace": "a1b2c3d4"})]
        assert "ASSUMED: day and month" not in propose("a", sure).toml()


def rows(*cells: tuple[object, ...], keys: str = "trace span parent time took") -> dict[str, Column]:
    return columns_of([Row(dict(zip(keys.split(), row, strict=False))) for row in cells])


def test_parents_are_found_by_what_they_name():
    columns = rows(
        ("t1", "s1", None), ("t1", "s2", "s1"), ("t1", "s3", "s1"), ("t2", "s4", None), ("t2", "s5", "s4"), keys="x y z"
    )
    ids = find_ids(columns, {}, 5)
    assert [guess and guess.key for guess in ids[:3]] == ["x", "y", "z"]


def test_a_parent_of_another_file_is_known_by_its_name_and_its_looks():
    told = [("t1", "s-11", "s-01", "main.go:7"), ("t2", "s-12", "s-02", "main.go:8"), ("t1", "s-11", "s-01", "main.go:9")]
    ids = find_ids(rows(*told, keys="traceRef spanRef parentRef caller"), {}, 3)
    assert [guess and guess.key for guess in ids[:3]] == ["traceRef", "spanRef", "parentRef"]


def test_a_user_is_no_trace():
    told = [(f"u{n % 2}", f"r-{n // 3}", f"s-{n}") for n in range(60)]
    ids = find_ids(rows(*told, keys="userId requestId step"), {}, 60)
    assert ids.trace is not None and ids.trace.key == "requestId"


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("placement", [hexed("r", n // 7 % 9, 8) for n in range(120)]),
        ("region", [hexed("r", n // 30, 8) for n in range(120)]),
        ("pid", [1000 + n % 7 for n in range(120)]),
        ("etag", [hexed("e", n % 17, 16) for n in range(120)]),
        ("schema", [hexed("s", 1, 32)] * 120),
        ("thread", [f"pool-{n // 4}-thread-{n % 8}" for n in range(120)]),
    ],
)
def test_what_lines_of_several_services_share_all_the_time_is_no_trace(key, values):
    lines = [Row({"at": T0 + n, "svc": "abc"[n % 3], key: value, "ms": n % 9 + 0.25}) for n, value in enumerate(values)]
    assert "trace" not in propose("any", lines).table()


def test_what_comes_and_goes_is_a_trace():
    lines = [Row({"at": T0 + n, "svc": "abc"[n % 3], "ticket": hexed("t", n // 4, 8)}) for n in range(120)]
    assert propose("any", lines).table()["trace"] == "ticket"


def links(unit_ns: int, side: str) -> tuple[dict[str, Column], Ids]:
    """Ten traces of a parent of 90 and a child of 30 units that begins 20 after it."""
    cells = []
    for trace in range(10):
        begin = T0 + trace * 10**9
        for span, parent, after, length in (("p", None, 0, 90), ("c", "p", 20, 30)):
            at = begin + (after + (length if side == "end" else 0)) * unit_ns
            cells.append((f"t{trace}", f"{span}{trace}", parent and f"{parent}{trace}", at, length + trace % 3))
    return rows(*cells), Ids(Guess("trace", ""), Guess("span", ""), Guess("parent", ""))


@pytest.mark.parametrize("side", ["start", "end"])
@pytest.mark.parametrize(("unit", "unit_ns"), [("ms", 10**6), ("us", 10**3), ("s", 10**9)])
def test_unit_and_end_by_what_lies_within_what(unit, unit_ns, side):
    found = find_times(*links(unit_ns, side))
    assert (found.unit, found.time_is) == (unit, side)


def test_a_unit_that_nothing_tells_is_assumed_and_says_so():
    found = find_times(rows(("t1", "s1", None, T0, 5), ("t2", "s2", None, T0 + 1, 7)), Ids(Guess("trace", "")))
    assert (found.unit, found.unit_why[:7], found.time_is) == ("ms", "ASSUMED", "end")


def test_levels_of_other_languages():
    words = ("WARN", "Fehler", "aviso", "BŁĄD", "BLAD", "Предупреждение", "エラー", "信息", "soso")
    assert [level_of(word) for word in words] == ["warn", "error", "warn", "error", "error", "warn", "error", "info", None]
    columns = columns_of([Row({"trace": f"t{n % 3}", "stufe": word}) for n, word in enumerate(["FEHLER", "INFO", "SOSO"] * 4)])
    words = find_words(columns, Ids(Guess("trace", "")), {"trace"}, timed=True)
    assert (words.levels, words.strange_levels) == ((("FEHLER", "error"),), ("SOSO",))


OUTCOMES = [("t1", "peachy"), ("t1", "zonk"), ("t2", "peachy"), ("t2", "zonk"), ("t3", "peachy"), ("t4", "peachy")]


def test_an_outcome_that_nobody_knows_is_a_blank_for_who_does():
    lines = propose("x", [Row({"trace": trace, "outcome": word}) for trace, word in OUTCOMES]).toml()
    assert '# failed = ""  # not known: peachy, zonk; name those by which the work went wrong' in lines


def test_an_outcome_that_comes_with_a_reason_is_assumed_to_be_a_failure():
    told = [
        {"trace": trace, "outcome": word, **({"remark": "bank is shut"} if word == "zonk" else {})} for trace, word in OUTCOMES
    ]
    lines = propose("x", list(map(Row, told))).toml()
    assert 'failed = ["zonk"]  # ASSUMED: only lines with it say what went wrong' in lines
    assert 'error = "remark"' in lines


def test_a_message_that_may_tell_of_a_failure_is_a_blank():
    said = ["OK", "OK", "ERR bank is shut"] * 2
    lines = propose("x", [Row({"trace": f"t{at // 3}", "message": text}) for at, text in enumerate(said)]).toml()
    assert '# error = ""  # message may say so: 2 begin as ERR bank is shut; or success' in lines


@pytest.mark.parametrize(
    ("length", "told"), [("12,345 ms", True), ("12,34 ms", False), ("0,345 ms", False), ("12,345 us", False)]
)
def test_a_comma_that_may_part_thousands_is_told(length: str, told: bool):
    said = propose("x", [Row({"trace": f"t{at // 3}", "took": text}) for at, text in enumerate([length, "7 ms"] * 6)]).toml()
    assert ("ASSUMED: a comma is a decimal one, so 12,345 ms is 12.345 ms" in said) is told


def test_notes_that_tell_of_no_trouble_are_no_errors():
    said = [None, None, None, "three times as usual"] * 3
    lines = propose("x", [Row({"trace": f"t{at // 4}", "remark": text}) for at, text in enumerate(said)]).toml()
    assert "error =" not in lines
    trouble = [text and "connection lost" for text in said]
    lines = propose("x", [Row({"trace": f"t{at // 4}", "remark": text}) for at, text in enumerate(trouble)]).toml()
    assert 'error = "remark"  # ASSUMED: some lines alone have it, and tell of trouble: connection lost' in lines


def test_classes_that_each_request_goes_through_are_no_phases():
    def told(first: str, last: str) -> str:
        rows = [
            Row({"trace": hexed("t", at // 4, 16), "span": hexed("s", at // 2, 8), "where": (first, last)[at % 2]})
            for at in range(24)
        ]
        return propose("x", rows).toml()

    assert 'starts = ["GO"]' in told("GO", "STOP")
    assert "starts" not in told("a.c.UserController", "a.s.UserService")
    assert "starts" not in told("115", "372")


def test_of_two_keys_of_an_error_the_sentence_is_it():
    said = [None, None, {"kind": "BusinessError", "says": "card declined by issuer"}] * 3
    lines = propose("x", [Row(flat({"trace": f"t{at // 3}", "failure": text})) for at, text in enumerate(said)]).toml()
    assert 'error = "failure.says"' in lines


@pytest.mark.parametrize("word", ["done", "OK", "Passed", "erfolgreich"])
def test_words_that_say_that_all_went_well(word):
    assert succeeds(word)
    assert not fails(word)


@pytest.mark.parametrize("word", ["failed", "PaymentFailed", "unsuccessful", "HATA", "err"])
def test_words_that_say_that_something_went_wrong(word):
    assert fails(word)
    assert not succeeds(word)


def test_json_that_was_mended_is_explained_as_json():
    names, form, record = Reader("", "").record('{"trace_id":"dddd","msg":"big","v":1e400,"w":NaN}')
    assert (names, form, record) == ((), GENERAL, {"trace_id": "dddd", "msg": "big", "v": "1e400", "w": None})


def test_a_duration_beside_seconds_is_no_rest_of_them():
    rows = [Row({"ts": T0 // 10**9 + n, "ts_ms": 20 + n % 7, "op": "x"}) for n in range(40)]
    assert not any(JOINED in key for row in with_joined_time(rows) for key in row.values)
    rows = [Row({"t.sec": T0 // 10**9 + n, "t.usec": n}) for n in range(3)]
    assert [*with_joined_time(rows)[0].values] == [f"t.sec{JOINED}t.usec"]
