"""Objects around objects of which only text and time change: many at once give what each of them gives alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.envelopes import unwrap_lines
from logtrace.ingest.envelopes._steady import steady_layer
from tests.ingest.envelopes.test_block import ZONE, taken

POD = {"pod_name": "api-7d9f", "namespace_name": "shop", "container_name": "api", "labels": {"app": "api"}}
STEADY: dict[str, Callable[[int], dict[str, Any]]] = {
    "vector": lambda at: {"kubernetes": POD, "source_type": "kubernetes_logs", "timestamp": f"2025-03-14T09:26:{at:02d}.5Z"},
    "filebeat": lambda at: {
        "@timestamp": f"2025-03-14T09:26:{at:02d}.201Z", "agent": {"type": "filebeat"}, "stream": "stderr",
        "log": {"offset": 7 * at, "file": {"path": "/x.log"}},
    },
    "fluent_record": lambda at: {"date": 1741944413.25 + at, "stream": "stdout", "kubernetes": POD},
    "fluent_record of docker": lambda at: {"stream": "stdout", "time": f"2025-03-14T09:26:{at:02d}.25Z", "kubernetes": POD},
    "journald": lambda at: {
        "__CURSOR": f"i={at}", "__REALTIME_TIMESTAMP": f"17419444133015{at:02d}", "_PID": "7", "_SYSTEMD_UNIT": "a.service",
    },
    "loki_line": lambda at: {"labels": {"app": "api"}, "timestamp": f"2025-03-14T09:26:{at:02d}.25Z"},
}  # fmt: skip
TEXTS = {"vector": "message", "filebeat": "message", "journald": "MESSAGE", "loki_line": "line"}
MANY = 24


def line(name: str, at: int, text: str = "", more: dict[str, Any] | None = None) -> bytes:
    text = text or orjson.dumps({"msg": "ü", "n": at}).decode()
    return orjson.dumps({TEXTS.get(name, "log"): text} | STEADY[name](at) | (more or {}))


@pytest.mark.parametrize("name", STEADY)
def test_lines_that_are_alike_are_taken_at_once(name):
    lines = [line(name, at) for at in range(MANY)]
    layer = steady_layer(lines)
    assert list(layer.taken) == list(range(MANY))
    assert len(set(map(id, layer.known))) == 1
    assert taken(lines) == list(range(MANY))


odd_texts = st.sampled_from([
    "plain", "{broken", "{a b}", '{"a":1}\n', '{"a":1}\n\n', '{"a":1}\r\n', ' {"a":1} ', '{"a":\n1}', '\ufeff{"a":1}', '"', "[1]",
    "{}", '{"log":"{}\\n","stream":"stdout","time":"2025-03-14T09:26:53Z"}', '{"message":"{}","source_type":"file"}',
])  # fmt: skip
odd_values = st.sampled_from(
    ["x", "", None, 7, -1.5, True, [], {}, {"type": "x"}, {"offset": 3}, "2025-13-14T09:26:53Z", "1741944413"]
)
odd_keys = st.sampled_from([
    "timestamp", "@timestamp", "time", "date", "__REALTIME_TIMESTAMP", "__CURSOR", "kubernetes", "source_type", "agent", "log",
    "stream", "labels", "message", "json", "trace", "container_name", "_PID", "service.name", "pod", "structuredMetadata", 'a"b',
])  # fmt: skip
odd_ones = st.tuples(odd_texts, st.dictionaries(odd_keys, odd_values, max_size=2))


@pytest.mark.parametrize("name", STEADY)
@given(st.lists(odd_ones, min_size=1, max_size=3), st.integers(0, MANY))
def test_odd_lines_among_them_are_what_they_are_alone(name, odd, place):
    usual = [line(name, at) for at in range(MANY)]
    found = [*usual[:place], *(line(name, 1, *each) for each in odd), *usual[place:]]
    here = set(range(place, place + len(odd)))
    assert set(range(len(found))) - here <= set(taken(found))


@pytest.mark.parametrize("name", STEADY)
def test_what_is_around_one_line_is_not_taken_for_that_of_another(name):
    usual = [line(name, at) for at in range(MANY)]
    others = [each.replace(b'"api', b'"b').replace(b'"7"', b'"8"').replace(b"/x.log", b"/y.log") for each in usual]
    lines = [each for pair in zip(usual, others, strict=True) for each in pair]
    assert taken(lines) == list(range(2 * MANY))
    assert len(set(unwrap_lines(lines, ZONE).objects.known)) == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"a":\n1}',
        '{"a":1',
        '{"message":"{}","source_type":"file"}',
        '{"log":"{}\\n","stream":"stdout","time":"2025-03-14T09:26:53Z"}',
    ],
)
def test_texts_that_need_a_closer_look_are_left(text):
    lines = [line("vector", at, text if at in (0, 5) else "") for at in range(MANY)]
    assert list(steady_layer(lines).taken) == [at for at in range(MANY) if at not in (0, 5)]


def test_a_text_of_docker_without_a_line_end_goes_on():
    ends = {at: "" if at in (3, 4, 5) else "\n" for at in range(MANY)}
    lines = [
        orjson.dumps({"stream": "stdout", "log": f'{{"n":{at}}}{end}', "time": f"2025-03-14T09:26:{at:02d}Z"})
        for at, end in ends.items()
    ]
    assert list(steady_layer(lines).taken) == [at for at, end in ends.items() if end]


def test_whether_a_time_is_a_float_may_tell_who_wrote_it():
    times = [1741944413 + at / 2 if at % 5 else 1741944413 + at for at in range(1, MANY)]
    lines = [orjson.dumps({"date": time, "log": '{"a":1}'}) for time in times]
    assert list(steady_layer(lines).taken) == [at for at, time in enumerate(times) if isinstance(time, float)]
