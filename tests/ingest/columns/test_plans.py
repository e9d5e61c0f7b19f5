from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.columns.paths import concept_paths
from logtrace.ingest.columns.plans import Plans, Values


def plan_of(record, plans=None):
    return (plans or Plans()).of(record, orjson.dumps(record).count(b"{"))


def keys_of(plan):
    return [values.key for group in plan.attributes for values in group.values]


def test_the_first_key_of_the_table_wins_and_the_other_stays_an_attribute():
    plan = plan_of({"time": 1, "timestamp": 2})
    assert dict(zip(plan.concepts, plan.paths, strict=True)) == {"time": ("timestamp",)}
    assert keys_of(plan) == ["time"]


def test_a_literal_dotted_key_and_nested_objects_are_one_concept():
    for record in ({"service.name": "x"}, {"service": {"name": "x"}}, {"attributes": {"service.name": "x"}}):
        assert plan_of(record).concepts == ("service",)


def test_an_exact_key_wins_over_another_spelling():
    assert concept_paths([("TRACEID",), ("traceId",)])[0] == {"trace": ("traceId",)}


def test_a_key_at_the_top_wins_over_one_in_a_container():
    assert concept_paths([("tags", "service"), ("service",)])[0] == {"service": ("service",)}


def test_keys_inside_containers_are_concepts_and_attributes_as_well():
    plan = plan_of({"tags": {"operation": "x", "size": 1}})
    assert plan.concepts == ("name",)
    assert keys_of(plan) == ["operation", "size"]


def test_an_empty_object_and_a_very_deep_one_are_values():
    plan = plan_of({"a": {}, "b": {"b": {"b": {"b": {"b": {"b": {"b": 1}}}}}}})
    assert keys_of(plan) == ["a", "b.b.b.b.b.b"]


def test_records_of_one_shape_have_one_plan_and_others_another():
    plans = Plans()
    one = plan_of({"a": {"x": 1}, "b": 2}, plans)
    assert plan_of({"a": {"x": {}}, "b": 2}, plans) is not one
    assert plan_of({"a": {"x": "{"}, "b": 3}, plans).paths == one.paths
    assert plan_of({"a": {"x": 5}, "b": 3}, plans) is one
    assert plan_of({"a": {"y": 5}, "b": 3}, plans) is not one
    assert plan_of({"a": 7, "b": 3}, plans) is not one
    assert plan_of({"a": [{"x": 1}], "b": 3}, plans) is not one


json_keys = st.sampled_from(["a", "b", "trace_id", "tags", "service", "name", "duration", "time"])
scalars = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "{", "{}", "1", "true"])
records = st.dictionaries(
    json_keys, st.recursive(scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(json_keys, inner, max_size=2))
)


@given(st.lists(records, max_size=8))
def test_what_a_plan_remembers_never_changes_how_a_record_is_read(found):
    plans = Plans()
    for record in found:
        known, fresh = plan_of(record, plans), plan_of(record)
        assert (known.concepts, known.paths, known.unit, keys_of(known)) == (
            fresh.concepts, fresh.paths, fresh.unit, keys_of(fresh)
        )  # fmt: skip
        assert known.columns([record]) == fresh.columns([record])


@given(st.lists(scalars | st.floats(allow_nan=False, allow_infinity=False) | st.lists(scalars, max_size=2), max_size=8))
def test_an_attribute_is_its_json_and_null_is_none(column):
    found = Values("k").column(column)
    assert [None if a is None else (a.key, a.value) for a in found] == [
        None if value is None else ("k", orjson.dumps(value).decode()) for value in column
    ]


def test_values_of_a_key_that_hardly_come_again_are_told():
    values, few = Values("request_id"), Values("method")
    for number in range(1000):
        values.column([f"r-{number}"])
        few.column(["GET"])
    assert values.mostly_unique
    assert not few.mostly_unique


def test_an_integer_that_json_cannot_hold_and_a_lone_surrogate_are_text():
    assert [a.value for a in Values("k").column([1 << 70])] == [f'"{1 << 70}"']
    assert [a.value for a in Values("k").column(["x\ud800"])] == ['"x?"']
