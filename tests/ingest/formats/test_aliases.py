from __future__ import annotations

import pytest

from logtrace.ingest.formats import FORMATS
from logtrace.ingest.formats.aliases import ALIASES, CONTAINERS, DURATIONS, KEPT
from logtrace.ingest.records import Decoder
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
    for dialect in FORMATS:
        assert dialect.__name__.rpartition(".")[2] == dialect.NAME
        assert dialect.DURATION_UNIT in NS
        assert dialect.ABOUT
        assert not dialect.fits({})
        assert not dialect.fits({"level": 30, "msg": None, "time": [], "ts": {}, "message": 1, "duration": "x"})
