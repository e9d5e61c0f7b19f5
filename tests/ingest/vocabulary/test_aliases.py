from __future__ import annotations

import orjson
import pytest

from logtrace.ingest.columns.paths import format_of
from logtrace.ingest.formats import FORMATS, UNITS
from logtrace.ingest.records import Decoder
from logtrace.ingest.uniform.known_keys import _MARKED
from logtrace.ingest.vocabulary.aliases import ALIASES, CONTAINERS, DURATIONS, KEPT
from logtrace.model import Flag, Record, Role
from logtrace.units import NS

SAMPLE = {"time": 1704897000, "start": 1704897000, "end": 1704897001, "kind": "server", "level": "info"}


@pytest.mark.parametrize(("concept", "key"), [(concept, key) for concept, keys in ALIASES.items() for key in keys])
def test_every_key_of_the_table_is_understood_alone(concept, key):
    plan = Decoder().plans.of({key: SAMPLE.get(concept, "x")}, 1)
    assert (plan.concepts, plan.paths) == ((concept,), ((key,),))


@pytest.mark.parametrize(("key", "unit"), DURATIONS)
def test_every_duration_key_is_understood_with_its_unit(key, unit):
    plan = Decoder().plans.of({key: 1}, 1)
    assert (plan.concepts, plan.paths, plan.unit) == (("duration",), ((key,),), unit)
    assert unit in {"", *NS}


def test_no_key_serves_two_concepts():
    keys = [key for keys in ALIASES.values() for key in keys] + [key for key, _ in DURATIONS]
    assert len(keys) == len(set(keys))


def test_kept_concepts_exist():
    assert ALIASES.keys() >= KEPT


def test_containers_are_no_concepts():
    assert not {key for keys in ALIASES.values() for key in keys} & set(CONTAINERS)


def test_every_dialect_says_what_it_must():
    assert len({member.name for member in FORMATS}) == len(FORMATS)
    for member in FORMATS:
        assert member.about and member.example
        assert bool(member.marks) != (member.fits is not None), "marks, or nothing but a unit"
        assert not callable(member.fits) or not member.fits({})
        assert set(member.keys) <= ALIASES.keys()
        assert {unit for _, unit in member.durations} <= {"", *NS}
        assert callable(member.unit) or member.unit in {"", *NS}


@pytest.mark.parametrize("member", FORMATS, ids=lambda member: member.name)
def test_every_format_reads_its_example(member):
    record = orjson.loads(member.example)
    found = format_of(record)
    assert found is member if member.marks else next(unit for unit in UNITS if unit.fits(record)) is member
    for _ in range(2):
        made = Decoder().decode(member.example.encode())
        assert isinstance(made, Record)
        assert made.duration_ns in (None, 250_000_000, 250_200_000, 250_250_000)
        of_lines = ("java-util-logging", "gcp", "jboss", "elastic-apm-errors")
        assert member.name in of_lines or Role(made.role) in (Role.COMPLETE, Role.END)


def test_the_mark_of_a_format_is_no_everyday_key():
    """Lines with the first key of a mark are not read the quick way."""
    everyday = {keys[0] for concept, keys in ALIASES.items() if concept not in ("start", "end")}
    everyday |= {"time", "ts", "msg", "traceId", "traceID", "spanId", "span", "duration_ms", "name", "error", "status", "id"}
    assert not _MARKED & everyday


@pytest.mark.parametrize(("more", "duration_ns"), [("", 12_500_000), (',"lon":13.4', None)])
@pytest.mark.parametrize("lines", [1, 300])
def test_a_latitude_is_no_latency(more: str, duration_ns: int | None, lines: int):
    line = f'{{"ts":"2026-02-03T04:05:06Z","trace_id":"{"a" * 32}","span_id":"{"b" * 16}","lat":12.5{more}}}\n'
    found = [record for _, record, _ in Decoder().lines(line.encode() * lines)]
    assert {(record.duration_ns, bool(record.flags & Flag.UNIT_ASSUMED)) for record in found} == {(duration_ns, not more)}
