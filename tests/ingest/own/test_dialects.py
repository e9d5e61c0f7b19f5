"""Formats of the user's own, through the decoder: each key means what the format says, and nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from logtrace.ids import NO_SPAN, parse_span_id, parse_trace_id
from logtrace.ingest.own.dialects import KEYS
from logtrace.ingest.own.texts import matched, parted
from logtrace.ingest.records import Decoder, Settings
from logtrace.ingest.vocabulary.readings import duration_ns, strptime_ns
from logtrace.ingest.vocabulary.ways import ABSENT, has, value_at
from logtrace.model import ErrorLevel, Record, Role

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
T0 = 1_704_897_000_000_000_000
MS = 1_000_000


def decode(line: str | dict[str, Any], *formats: dict[str, Any], zone: str = "UTC") -> Record | str | None:
    named = [{"name": f"f{at}", **told} for at, told in enumerate(formats)]
    settings = Settings(zone, formats=orjson.dumps(named).decode())
    return Decoder(settings).decode((line if isinstance(line, str) else orjson.dumps(line).decode()).encode())


def read(line: str | dict[str, Any], *formats: dict[str, Any], zone: str = "UTC") -> Record:
    found = decode(line, *formats, zone=zone)
    assert isinstance(found, Record), found
    return found


def attributes(record: Record) -> dict[str, object]:
    return {attribute.key: orjson.loads(attribute.value) for attribute in record.attributes}


def test_every_key_of_a_format():
    found = read(
        {"vorgang": TRACE, "ctx": {"schritt": "00f067aa0ba902b7", "von": "a3ce929d0e0e4736", "x": 1}, "zeit": 1704897000.25,
         "dauer": 45.3, "dienst": "kasse", "aktion": "Zahlen", "text": "fertig", "stufe": "FEHLER", "fehler": "kein Geld",
         "ort": "B"},
        {"trace": "vorgang", "span": "ctx.schritt", "parent": "ctx.von", "time": "zeit", "time_unit": "s", "duration": "dauer",
         "duration_unit": "ms", "service": "dienst", "operation": "aktion", "message": "text", "level": "stufe",
         "levels": {"FEHLER": "error"}, "error": "fehler"},
    )  # fmt: skip
    assert (found.trace, found.span, found.parent) == (
        parse_trace_id(TRACE), parse_span_id("00f067aa0ba902b7")[0], parse_span_id("a3ce929d0e0e4736")[0],
    )  # fmt: skip
    assert (found.time_ns, found.duration_ns, found.role) == (T0 + 250 * MS, 45_300_000, Role.COMPLETE)
    assert (found.service, found.name, found.body, found.severity) == ("kasse", "Zahlen", "fertig", 17)
    assert (found.error, found.error_message) == (ErrorLevel.HARD, "kein Geld")
    assert attributes(found) == {"ctx.x": 1, "ort": "B", "error": "kein Geld"}


def test_what_a_format_does_not_name_is_read_as_ever():
    found = read({"vorgang": TRACE, "span_id": "00f067aa0ba902b7", "level": "warn", "latency_us": 7}, {"trace": "vorgang"})
    assert (found.span, found.severity, found.duration_ns) == (parse_span_id("00f067aa0ba902b7")[0], 13, 7000)


def test_a_key_of_the_alias_table_that_means_something_else():
    found = read(
        {"trace_id": "user-7", "vorgang": TRACE, "duration": 5, "d": 3},
        {"trace": "vorgang", "duration": "d", "duration_unit": "s"},
    )
    assert (found.trace, found.duration_ns) == (parse_trace_id(TRACE), 3_000 * MS)
    assert attributes(found)["trace_id"] == "user-7"


@pytest.mark.parametrize(
    ("value", "told", "ns"),
    [
        ("10.01.2024 14:30:00,250", {"time_format": "%d.%m.%Y %H:%M:%S,%f"}, T0 + 250 * MS),
        ("10/Jan/2024:15:30:00 +0100", {"time_format": "%d/%b/%Y:%H:%M:%S %z"}, T0),
        ("no time", {"time_format": "%d.%m.%Y"}, None),
        (1704897000, {"time_unit": "s"}, T0),
        (1704897000250, {"time_unit": "ms"}, T0 + 250 * MS),
        ("1704897000250000", {"time_unit": "us"}, T0 + 250 * MS),
        (638404938002500000, {"time_unit": "ticks"}, T0 + 250 * MS),
        ("133493706002500000", {"time_unit": "filetime"}, T0 + 250 * MS),
        ("2024-01-10T14:30:00Z", {}, T0),
        ("2024-01-10T14:30:00Z", {"time_unit": "ms"}, T0),
    ],
)  # fmt: skip
def test_times(value, told, ns):
    assert read({"v": TRACE, "t": value}, {"trace": "v", "time": "t", **told}).time_ns == ns


@pytest.mark.parametrize(
    ("value", "form", "day"),
    [("Jan 10 14:30:00.250", "%b %d %H:%M:%S.%f", "01-10"), ("02-29 00:00:00", "%m-%d %H:%M:%S", "02-29")],
)
def test_a_day_without_a_year_is_the_last_such_day(value, form, day):
    ns = read({"v": TRACE, "t": value}, {"trace": "v", "time": "t", "time_format": form}).time_ns
    found = datetime.fromtimestamp(ns / 10**9, UTC)
    assert found.strftime("%m-%d %H:%M:%S") == f"{day} {value[-12:-4] if '.' in value else value[-8:]}"
    assert datetime.now(UTC) - timedelta(days=8 * 366) < found < datetime.now(UTC) + timedelta(days=2)


def test_times_without_a_zone_are_of_the_given_one():
    told = {"trace": "v", "time": ["d", "c"], "time_format": "%d.%m.%Y %H:%M"}
    assert read({"v": TRACE, "d": "10.01.2024", "c": "15:30"}, told, zone="Europe/Berlin").time_ns == T0


def test_a_time_that_is_the_start():
    found = read(
        {"v": TRACE, "t": T0, "d": 5}, {"trace": "v", "time": "t", "time_is": "start", "duration": "d", "duration_unit": "ms"}
    )
    assert (found.start_ns, found.duration_ns) == (T0, 5 * MS)


@pytest.mark.parametrize(
    ("value", "unit", "ns"),
    [(5, "ms", 5 * MS), (0.5, "s", 500 * MS), ("12,5", "ms", 12_500_000), ("3 s", "ms", 3_000 * MS), (7, "us", 7_000),
     ("713,256 µs", "", 713_256_000), ("1,234,567 ms", "", 1_234_567 * MS), ("1,234.5 ms", "", 1_234_500_000),
     ("12,345 ms", "", 12_345_000), ("0,256 µs", "", 256), ("12,34 µs", "", 12_340), ("1,2,3 ms", "", None),
     (True, "ms", None), ("x", "ms", None), (None, "ms", None), (1e300, "s", None), (2, "m", 120_000 * MS)],
)  # fmt: skip
def test_durations(value, unit, ns):
    assert duration_ns(value, unit) == ns


def test_lines_that_begin_and_end_a_span():
    told = {"trace": "v", "phase": "p", "starts": ["B"], "ends": ["E"]}
    assert [read({"v": TRACE, "p": phase}, told).role for phase in ("B", "E", "X")] == [Role.START, Role.END, Role.POINT]


@pytest.mark.parametrize(
    ("parent", "root"), [("-", True), ("ROOT", True), ("s1", True), ("", True), (None, True), (-1, True), ("s2", False)]
)
def test_what_means_that_there_is_no_parent(parent, root):
    found = read({"v": TRACE, "s": "s1", "p": parent}, {"trace": "v", "span": "s", "parent": "p", "roots": ["ROOT", "-1"]})
    assert (found.parent == NO_SPAN) is root
    assert read({"v": TRACE, "s": "s1"}, {"trace": "v", "span": "s", "parent": "p"}).parent is None


def test_success_and_a_constant_service():
    told = {"trace": "v", "success": "ok", "service_name": "kasse"}
    assert [read({"v": TRACE, "ok": ok}, told).error for ok in (True, False, "no", "yes")] == [0, 2, 2, 0]
    assert read({"v": TRACE}, told).service == "kasse"


def test_no_success_beside_a_status_of_its_own():
    told = {"trace": "v", "success": "ok", "status": "code"}
    assert [read({"v": TRACE, "ok": ok, "code": "E42"}, told).error for ok in (True, False)] == [0, 2]


def test_words_of_failure():
    told = {"trace": "v", "phase": "p", "starts": ["in"], "ends": ["out", "broken"], "status": "st", "failed": ["broken", "7"]}
    assert [read({"v": TRACE, "p": word}, told).error for word in ("in", "out", "broken")] == [0, 0, 2]
    assert [read({"v": TRACE, "st": word}, told).error for word in ("0", 0, 7, "7")] == [0, 0, 2, 2]
    assert read({"v": TRACE, "p": "broken", "error": "late"}, told).error_message == "late"


def test_a_phase_that_alone_names_the_work():
    told = {"trace": "v", "phase": "p", "starts": ["PayStarted"], "ends": ["PayDone"]}
    assert [read({"v": TRACE, "p": word}, told).body for word in ("PayStarted", "PayDone")] == ["PayStarted", "PayDone"]
    assert read({"v": TRACE, "p": "PayDone", "m": "paid"}, {**told, "message": "m"}).body == "paid"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('a,"b, c","say ""x""",d', ["a", "b, c", 'say "x"', "d"]),
        ('a,b "c, d",e', ["a", 'b "c', ' d"', "e"]),
        ('a,"b,c', ["a", '"b', "c"]),
        ('"a,b', ['"a', "b"]),
    ],
)
def test_columns_in_quotes(text, columns):
    assert parted(text, ",") == columns
    assert parted(text, ",", 2) == [columns[0], ",".join(columns[1:])]


def test_a_duration_of_so_many_of_a_unit():
    told = {"trace": "t", "duration": "ticks", "duration_unit": "100ns"}
    assert read({"t": TRACE, "ticks": 1_000_000}, told).duration_ns == 100 * MS


def test_tabs_at_the_end_of_a_line_are_no_part_of_it():
    told = {"separator": "\t", "columns": ["at", "flow", "why", "who"], "trace": "flow", "time": "at", "error": "why"}
    assert read(f"2024-01-10T14:30:00Z\t{TRACE}\tshut\tme", told).error_message == "shut"
    assert read(f"2024-01-10T14:30:00Z\t{TRACE}\t\t", told).error == 0
    assert decode("2024-01-10T14:30:00Z", told) == "not_json"


def test_columns():
    told = {"separator": "|", "columns": ["zeit", "level", "", "v", "text"], "trace": "v", "time": "zeit", "message": "text",
            "duration": "ms", "duration_unit": "ms", "match": ["v"]}  # fmt: skip
    found = read(f"2024-01-10T14:30:00Z | WARN | ms=5 user=bob | [{TRACE}] | a | b", told)
    assert (found.trace, found.time_ns, found.duration_ns, found.severity, found.body) == (
        parse_trace_id(TRACE),
        T0,
        5 * MS,
        13,
        "a | b",
    )
    assert decode("just text", told) == "not_json"
    assert decode(f"8=FIX.4.4|9=120|35=8|[{TRACE}]|a", told) == "not_json", "columns of something else: its time is none"


def test_the_format_with_more_conditions_is_taken():
    one, two = {"trace": "a", "match": ["a"]}, {"trace": "b", "match": ["a", "app=x"]}
    assert str(read({"a": "id-1", "b": "id-2", "app": "x"}, one, two).trace) == "id-2"
    assert str(read({"a": "id-1", "b": "id-2", "app": "y"}, one, two).trace) == "id-1"


def test_two_formats_that_fit_equally_are_told():
    assert decode({"a": "id-1", "b": "id-2"}, {"trace": "a"}, {"trace": "b"}) == "fits f0 and f1"
    assert decode({"a": "id-1", "b": "id-2", "c": 1}, {"trace": "a"}, {"trace": "b", "service": "c"}) != "fits f0 and f1"
    alike = {"trace": "a", "duration": "d", "duration_unit": "ms"}
    assert str(read({"a": "id-1", "d": 5}, alike, {**alike, "levels": {"X": "error"}}).trace) == "id-1", "they say the same"
    assert decode({"a": "id-1", "d": 5}, alike, {**alike, "duration_unit": "s"}) == "fits f0 and f1"


def test_formats_hold_within_envelopes_and_text():
    assert str(read('web-1  | {"v":"id-1"}', {"trace": "v"}).trace) == "id-1"
    assert str(read("2025-11-10T19:36:18.123Z [INFO] [x] said v=id-1", {"trace": "v"}).trace) == "id-1"


def test_ways_into_a_record():
    record = {"a.b": 1, "a": {"c.d": {"e": 2}, "l": [10, {"x": 11}]}}
    assert [value_at(record, key) for key in ("a.b", "a.c.d.e", "a.l.0", "a.l.1.x")] == [1, 2, 10, 11]
    assert not any(has(value_at(record, key)) for key in ("b", "a.x", "a.l.2", "a.l.x", "a.b.c", ""))


def test_ways_into_texts():
    record = {"m": "placed an order t=id-1 n=2", "j": '{"a":{"b":3}}', "tp": "00-4bf9-a3ce-01", "x": "y", "n": 5}
    assert [value_at(record, key) for key in ("m.t", "m.n", "j.a.b", "tp#2", "tp#4")] == ["id-1", 2, 3, "4bf9", "01"]
    assert not any(
        has(value_at(record, key)) for key in ("m.x", "j.b", "tp#0", "tp#5", "tp#x", "x.y", "n#1", "x#", "#1", "m.t.x")
    )
    found = read(record | {"ctx": "id7/s-1"}, {"trace": "ctx#1", "span": "tp#3"})
    assert (str(found.trace), found.span) == ("id7", parse_span_id("a3ce")[0])


def test_a_form_with_a_zone():
    assert strptime_ns("10.01.2024 15:30 +0100", "%d.%m.%Y %H:%M %z") == T0


def test_every_key_is_read_under_one_of_the_alias_table():
    from logtrace.ingest.vocabulary.aliases import ALIASES

    known = {key for keys in ALIASES.values() for key in keys} | {"duration"}
    assert set(KEYS.values()) <= known


def test_text_by_a_pattern():
    told = {
        "pattern": r"(?P<at>\S+) <(?P<app>[^>]*)>(?: flow:(?P<flow>\S+))?(?: for (?P<took>\S+ ms))?",
        "trace": "flow",
        "time": "at",
    }
    told |= {"duration": "took", "service": "app"}
    found = read(f"2024-01-10T14:30:00.25Z <kasse> flow:{TRACE} for 45.3 ms and it was good", told)
    assert (found.trace, found.time_ns, found.duration_ns) == (parse_trace_id(TRACE), T0 + 250 * MS, 45_300_000)
    assert (found.service, found.body) == ("kasse", "and it was good")
    assert isinstance(decode("2024-01-10T14:30:00Z <kasse> no flow at all", told), str), "a line without what it must have"


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("a 5 x", {"one": "a", "n": 5, "message": "x"}),
        ("'b' 5", {"one": "b", "n": 5}),
        ("größe 5 \ud800", {"one": "größe", "n": 5, "message": "\ud800"}),
        ("'' 5", {"n": 5}),
        ("5", None),
    ],
)
def test_groups_of_a_pattern(text, record):
    assert matched(text, r"(?P<one>\S+) (?P<n>\d+)") == record


def test_a_pattern_for_the_text_under_a_key():
    told = {"text": "msg", "pattern": r"(?P<work>.+?) in (?P<took>\S+ ms), flow (?P<flow>\w+)", "trace": "msg.flow"}
    told |= {"duration": "msg.took", "operation": "msg.work", "time": "at"}
    line = {"at": "2024-01-10T14:30:00.25Z", "msg": f"charge in 45.3 ms, flow {TRACE}: done", "service": "kasse"}
    found = read(line, told)
    assert (found.trace, found.time_ns, found.duration_ns) == (parse_trace_id(TRACE), T0 + 250 * MS, 45_300_000)
    assert (found.service, found.name, found.body) == ("kasse", "charge", line["msg"])
    assert read({**line, "msg": "something else"}, told).trace is None
    assert read({**line, "msg": 7}, told).trace is None


@pytest.mark.parametrize(
    ("path", "span", "parent"),
    [("a1/b2/c3", "c3", "b2"), ("a1", "a1", ""), ("/a1/b2/", "b2", "a1"), ("|a1:b2", "b2", "a1"), (7, None, None)],
)
def test_a_way_from_the_root_down(path, span, parent):
    found = value_at({"way": path}, "way#-1"), value_at({"way": path}, "way#-2")
    assert found == (ABSENT if span is None else span, parent or ABSENT)


@pytest.mark.parametrize(
    ("said", "role", "named", "failed"),
    [
        ("PaymentStarted", Role.START, "Payment", False), ("payment_started", 0, None, False),
        ("Payment.Failed", Role.END, "Payment", True), ("Started", Role.START, None, False), ("Restarted", 0, None, False),
        ("PaymentRestarted", 0, None, False),
    ],
)  # fmt: skip
def test_a_phase_by_the_word_with_which_a_value_ends(said: str, role: int, named: str | None, failed: bool):
    told = {
        "trace": "t",
        "span": "s",
        "time": "at",
        "phase": "ev",
        "starts": ["Started"],
        "ends": ["Failed"],
        "failed": ["Failed"],
    }
    found = read({"t": TRACE, "s": "00f067aa0ba902b7", "at": "2024-01-10T14:30:00Z", "ev": said}, told)
    assert (found.role, bool(found.error)) == (role, failed)
    assert named is None or found.name == named, found


def test_another_key_names_the_work_of_a_phase():
    told = {"trace": "t", "span": "s", "time": "at", "operation": "op", "phase": "ev", "starts": ["Started"]}
    found = read({"t": TRACE, "s": "00f067aa0ba902b7", "at": "2024-01-10T14:30:00Z", "ev": "PaymentStarted", "op": "pay"}, told)
    assert found.name == "pay"


def test_a_line_of_text_that_an_envelope_would_cut():
    line = f'2024-01-10T14:30:00Z stock reserve {{"cid":"{TRACE}","el":5}}'
    told = {
        "pattern": r"(?P<at>\S+) (?P<app>\S+) (?P<op>\S+) (?P<rest>\{.*\})", "trace": "rest.cid", "time": "at", "service": "app",
        "operation": "op", "duration": "rest.el", "duration_unit": "ms",
    }  # fmt: skip
    found = read(line, told)
    assert (found.trace, found.service, found.name, found.duration_ns) == (parse_trace_id(TRACE), "stock", "reserve", 5 * MS)
    under = {"pattern": r"stock (?P<op>\S+) (?P<rest>\{.*\})", "trace": "rest.cid", "duration": "rest.el", "duration_unit": "us"}
    assert read(line, told, under).duration_ns == 5 * 1000, "what is under the envelope comes first"
