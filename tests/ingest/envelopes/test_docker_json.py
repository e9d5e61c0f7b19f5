from __future__ import annotations

import pytest

from logtrace.ingest.envelopes.docker_json import ENVELOPE, peel_object

TIME = "2025-11-10T19:36:18.123456789Z"
TIME_NS = 1_762_803_378_123_456_789


def entry(**changes):
    return {"log": "hello\n", "stream": "stderr", "time": TIME} | changes


def test_tells_text_time_and_stream():
    found = peel_object(entry())
    assert (found.inner, found.time_ns, found.stream, found.service, found.partial) == ("hello", TIME_NS, "stderr", "", False)
    assert found.resource == (("log.iostream", "stderr"),)


def test_a_terminal_s_carriage_return_is_a_line_end():
    assert peel_object(entry(log="hello\r\n")).inner == "hello"


def test_only_one_line_end_is_taken():
    assert peel_object(entry(log="hello\n\n")).inner == "hello\n"


def test_text_without_a_newline_goes_on_and_keeps_every_character():
    found = peel_object(entry(log="hello\r"))
    assert found.partial
    assert found.inner == "hello\r"


def test_attrs_tell_service_labels_and_tag():
    found = peel_object(entry(attrs={"com.docker.compose.service": "worker", "tag": "t1", "number": 3}))
    assert found.service == "worker"
    assert dict(found.resource) == {
        "log.iostream": "stderr",
        "container.label.com.docker.compose.service": "worker",
        "log.tag": "t1",
    }


@pytest.mark.parametrize(
    "record",
    [
        {"log": "hello", "level": "info", "time": TIME},
        {"log": "hello", "stream": "stdout", "time": TIME, "msg": "x"},
        {"log": "hello\n", "stream": "stdout", "time": TIME, "attrs": {}, "trace_id": "x"},
        {"log": "hello\n", "time": TIME},
        {"log": "hello\n", "stream": "stdout"},
        {"log": {"level": "info"}, "stream": "stdout", "time": TIME},
        entry(stream="orders"),
        entry(stream=["stdout"]),
        entry(time="later"),
        entry(time=None),
        entry(attrs=None),
        entry(attrs=["tag"]),
        {},
    ],
)
def test_other_objects_are_records(record):
    assert peel_object(record) is None


@pytest.mark.parametrize(
    ("line", "maybe"),
    [
        (rb'{"log":"hello\n","stream":"stdout","time":"2025-11-10T19:36:18.1Z"}', False),
        (rb'{"log":"hello","stream":"stdout","time":"2025-11-10T19:36:18.1Z"}', True),
        # the text ends with a backslash and the letter n
        (rb'{"log":"{\"msg\":\"two\\n","stream":"stdout","time":"2025-11-10T19:36:18.1Z"}', True),
        (rb'{"log":"hello\n","stream":"stdout","attrs":{"k":"' + b"v" * 200 + b'"},"time":"2025-11-10T19:36:18.1Z"}', False),
        (rb'{"log":"hello","stream":"stdout","attrs":{"k":"' + b"v" * 200 + b'"},"time":"2025-11-10T19:36:18.1Z"}', True),
    ],
)
def test_the_end_of_the_text_tells_whether_it_may_go_on(line, maybe):
    assert ENVELOPE.splitting.may_be_partial(line) is maybe
