from __future__ import annotations

from datetime import timedelta, timezone

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.envelopes import MAX_LAYERS, Outer, peel, peel_record, unwrap

RECORD = '{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","msg":"Request processed"}'
TIME_NS = 1_762_803_378_123_456_789
ZONE = timezone(timedelta(hours=-5))


def in_docker(text: str) -> str:
    return orjson.dumps({"log": text + "\n", "stream": "stderr", "time": "2025-11-10T19:36:18.123456789Z"}).decode()


def in_compose(text: str) -> str:
    return "edge-mcp-1  | " + text


def in_colour(text: str) -> str:
    return "\x1b[36m" + text + "\x1b[0m"


def in_kubectl(text: str) -> str:
    return "[pod/api-5c-x1/api] " + text


def in_cri(text: str) -> str:
    return "2025-11-10T19:36:18.5Z stdout F " + text


def in_date(text: str) -> str:
    return "2025/11/10 14:36:18 " + text


WRAPPERS = (in_docker, in_compose, in_colour, in_kubectl, in_cri)


def wrapped(text, *wrappers):
    """`text` in wrappers, outermost first."""
    for wrap in reversed(wrappers):
        text = wrap(text)
    return text


def test_a_plain_record_is_decoded_and_has_no_outer():
    assert unwrap(RECORD) == (RECORD, orjson.loads(RECORD), Outer())


@pytest.mark.parametrize("text", ["plain text", "", "[1, 2]", '"x"', '{"cut":"in the mid', "{not json}", "\x00\ud800"])
def test_text_that_is_no_object_stays_as_it_is(text):
    assert unwrap(text) == (text, None, Outer())


def test_a_record_with_a_log_key_is_a_record():
    line = '{"log":"hello\\n","level":"info","time":"2025-11-10T19:36:18Z"}'
    assert unwrap(line) == (line, orjson.loads(line), Outer())


def test_white_space_before_an_object():
    assert unwrap("edge-mcp-1  |   " + RECORD).record == orjson.loads(RECORD)


def test_docker_around_compose_around_colour():
    text, record, outer = unwrap(wrapped(RECORD, in_docker, in_compose, in_colour))
    assert (text, record) == (RECORD, orjson.loads(RECORD))
    assert outer == Outer(
        time_ns=TIME_NS,
        service="edge-mcp",
        resource=(("log.iostream", "stderr"), ("container.name", "edge-mcp-1")),
        stream="stderr/edge-mcp-1",
        layers=3,
    )


def test_compose_around_docker_around_text():
    text, record, outer = unwrap(wrapped("hello", in_compose, in_docker))
    assert (text, record, outer.service, outer.time_ns, outer.layers) == ("hello", None, "edge-mcp", TIME_NS, 2)


@given(st.lists(st.sampled_from(WRAPPERS), max_size=MAX_LAYERS, unique=True))
def test_any_order_of_wrappers(wrappers):
    text, record, outer = unwrap(wrapped(RECORD, *wrappers))
    assert (text, record) == (RECORD, orjson.loads(RECORD))
    assert outer.layers == len(wrappers)


def test_no_more_than_the_allowed_layers_come_off():
    line = wrapped("hello", *[in_compose] * (MAX_LAYERS + 1))
    assert peel(line)[0] == unwrap(line).text == "edge-mcp-1  | hello"
    assert unwrap(wrapped(RECORD, *[in_docker] * (MAX_LAYERS + 1))).text == in_docker(RECORD)


def test_inner_layers_win():
    outer = unwrap(wrapped("hello", in_docker, in_kubectl, in_compose, in_cri)).outer
    assert outer.service == "edge-mcp"
    assert outer.time_ns == TIME_NS - 123_456_789 + 500_000_000
    assert dict(outer.resource)["log.iostream"] == "stdout"
    assert dict(outer.resource)["k8s.container.name"] == "api"


def test_a_part_stays_a_part_under_other_layers():
    line = orjson.dumps({"log": in_compose("half"), "stream": "stdout", "time": "2025-11-10T19:36:18Z"}).decode()
    assert unwrap(line).outer.partial
    assert not unwrap(in_docker(in_compose("whole"))).outer.partial


def test_a_zoneless_date_is_read_in_the_zone_where_nothing_else_tells_a_time():
    text, _, outer = unwrap(in_date(RECORD), ZONE)
    assert (text, outer.time_ns) == (RECORD, TIME_NS - 123_456_789)


@pytest.mark.parametrize("wrappers", [(in_docker, in_date), (in_compose, in_docker, in_colour, in_date)])
def test_a_time_with_a_zone_is_better_than_a_date_without(wrappers):
    text, _, outer = unwrap(wrapped(RECORD, *wrappers))
    assert (text, outer.time_ns) == (RECORD, TIME_NS)


def test_compose_with_timestamps():
    text, _, outer = unwrap(in_compose("2025-11-10T19:36:18.123456789Z " + RECORD))
    assert (text, outer.time_ns, outer.service) == (RECORD, TIME_NS, "edge-mcp")


def test_colour_hidden_in_docker_s_escapes_goes_too():
    text, _, outer = unwrap(in_docker("[\x1b[31mERROR\x1b[0m] failed"))
    assert (text, outer.layers) == ("[ERROR] failed", 2)


def test_peel_leaves_objects_alone_and_peel_record_takes_one_layer():
    line = in_docker(in_compose("hello"))
    assert peel(in_colour(line)) == (line, Outer(layers=1))
    assert peel_record(orjson.loads(line)).inner == in_compose("hello")
    assert peel_record(orjson.loads(RECORD)) is None
