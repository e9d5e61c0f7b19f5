"""Lines unwrapped at once: what each of them gives alone, or nothing."""

from __future__ import annotations

from datetime import timedelta, timezone

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.envelopes import ENVELOPES, decoded, may_be_wrapped, unwrap, unwrap_lines
from logtrace.units import are_instants, instant_ns

ZONE = timezone(timedelta(hours=-5))
RECORDS = ('{"msg":"Task created"}', '{"msg":"a \\"b\\" \\\\ c","n":[1]}', '{"msg":"ü"}', '{"a":{}}')
TIMES = ("2025-03-14T09:26:53.301550123Z", "2025-03-14T09:26:53.3Z", "2025-03-14T23:59:59Z")


def in_docker(text: str, time: str, _name: str) -> str:
    return orjson.dumps({"log": text + "\n", "stream": "stdout", "time": time}).decode()


def in_labelled_docker(text: str, time: str, name: str) -> str:
    attrs = {"tag": name, "com.docker.compose.service": name}
    return orjson.dumps({"log": text + "\n", "stream": "stderr", "attrs": attrs, "time": time}).decode()


def in_date(text: str, time: str, _name: str) -> str:
    return f"{time[:19].replace('-', '/').replace('T', ' ')} {text}"


WRAPPERS = {
    "docker": in_docker,
    "docker with labels": in_labelled_docker,
    "cri": lambda text, time, name: f"{time} {'stdout' if name == 'a' else 'stderr'} F {text}",
    "compose": lambda text, _time, name: f"{name}-1  | {text}",
    "kubectl": lambda text, _time, name: f"[pod/{name}-1/{name}] {text}",
    "timestamps": lambda text, time, _name: f"{time} {text}",
    "date": in_date,
}
STACKS = (
    *((name,) for name in WRAPPERS),
    ("docker", "compose"),
    ("compose", "timestamps"),
    ("cri", "date"),
    ("kubectl", "docker", "date"),
)
several = st.lists(
    st.tuples(st.sampled_from(RECORDS), st.sampled_from(TIMES), st.sampled_from(["a", "edge-mcp"])), min_size=1, max_size=6
)


def wrapped(stack: tuple[str, ...], text: str, time: str, name: str) -> bytes:
    for wrapper in reversed(stack):
        text = WRAPPERS[wrapper](text, time, name)
    return text.encode()


def taken(lines: list[bytes]) -> list[int]:
    """Which lines are unwrapped at once; what they give is what each of them gives alone."""
    found = unwrap_lines(lines, ZONE).objects
    assert list(found.indexes) == sorted(set(found.indexes))
    assert len(found.indexes) == len(found.texts) == len(found.known) == len(found.times)
    for index, text, known, time in zip(*found, strict=True):
        record = decoded(text.decode())
        if record is not None and not may_be_wrapped(record):
            alone = unwrap(lines[index].decode().rstrip(), ZONE)
            outer = known if time is None else known._replace(time_ns=time)
            assert (text.decode(), outer) == (alone.text.strip(), alone.outer)
    return list(found.indexes)


def agrees(lines: list[bytes]) -> bool:
    return taken(lines) == list(range(len(lines)))


@pytest.mark.parametrize("stack", STACKS, ids="/".join)
@given(several)
def test_lines_that_are_wrapped_alike(stack, found):
    assert agrees([wrapped(stack, *one) for one in found])


@given(
    st.lists(
        st.tuples(st.sampled_from(STACKS), st.sampled_from(RECORDS), st.sampled_from(TIMES), st.just("a")), min_size=1, max_size=4
    )
)
def test_lines_of_all_kinds(found):
    agrees([wrapped(*one) for one in found])


@given(several, st.data())
def test_damaged_lines(found, data):
    stack = data.draw(st.sampled_from(STACKS))
    lines = [wrapped(stack, *one) for one in found]
    at = data.draw(st.integers(0, len(lines) - 1))
    cut = data.draw(st.integers(1, len(lines[at])))
    noise = data.draw(st.sampled_from([b"", b" ", b"|", b'"', b"{", b"\\", b"\xff", b"\x1b[0m", b"x | y", b"\r"]))
    lines[at] = lines[at][:cut] + noise + lines[at][cut + data.draw(st.integers(0, 3)) :]
    if lines[at].strip():
        try:
            lines[at].decode()
        except UnicodeDecodeError:
            lines[at] = b"x"
        assert len(set(range(len(lines))).difference(taken(lines), {at})) <= 1  # that goes on in another


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.name)
def test_every_example_many_times(envelope):
    found = taken([envelope.example.encode()] * 3)
    inside = unwrap(envelope.example)
    around_object = not envelope.peel and inside.record is not None and not inside.outer.fields
    at_once = envelope.peel_lines is not None and envelope.name != "stdlib_date"  # whose example has text inside
    assert found == [0, 1, 2] * (at_once or around_object)


@pytest.mark.parametrize(
    "odd",
    [
        b'{"log":"half","stream":"stdout","time":"2025-03-14T09:26:53Z"}',
        b'{"log":"two\\nlines\\n","stream":"stdout","time":"2025-03-14T09:26:53Z"}',
        b'{"log":"x\\r\\n","stream":"stdout","time":"2025-03-14T09:26:53Z"}',
        b'{"log":"x\\n","stream":"stdin","time":"2025-03-14T09:26:53Z"}',
        b'{"log":"x\\n","stream":"stdout","time":"2025-13-14T09:26:53Z"}',
        b'{"log":"x\\n","stream":"stdout","time":"2025-03-14T09:26:53Z","more":1}',
        b'{"log":"foo-1  | x\\n","stream":"stdout","time":"2025-03-14T09:26:53Z"}',
        b'{"log":"\\u001b[31mx\\n","stream":"stdout","time":"2025-03-14T09:26:53Z"}',
        b"plain",
    ],
)
def test_one_odd_line_among_dockers_is_left_out(odd):
    usual = wrapped(("docker",), RECORDS[0], TIMES[0], "a")
    assert taken([usual, odd, usual]) == [0, 2] if b"half" not in odd else [0]


@pytest.mark.parametrize(
    "odd", [b"2025-03-14T09:26:53Z stdout P x", b"2025-03-14T09:26:53Z stdin F x", b"2025-03-14T25:26:53Z stdout F x"]
)
def test_one_odd_line_among_those_of_cri(odd):
    usual = wrapped(("cri",), RECORDS[0], TIMES[0], "a")
    assert taken([usual, odd]) == [0]


def test_a_part_keeps_the_next_line_of_its_stream_alone():
    out, err = (b"2025-03-14T09:26:53Z std" + name + b' F {"a":1}' for name in (b"out", b"err"))
    part = b"2025-03-14T09:26:53Z stderr P x"
    assert taken([err, part, out, err, err]) == [0, 2, 4]
    assert taken([part, out, part, out, part]) == [1, 3]
    assert taken([part] * 3 + [err] * 3) == [4, 5]


def test_labels_in_braces_are_no_object():
    assert taken([b'2025-03-14T09:26:53Z {app="a"} x', b"2025-03-14T09:26:53Z {} x"]) == []
    assert taken([b'2025-03-14T09:26:53Z {"a":1}', b"2025-03-14T09:26:53Z {} x"]) == [0]


def test_text_under_an_envelope_is_left_out():
    text = b'{"log":"panic: x\\n","stream":"stderr","time":"2025-03-14T09:26:53Z"}'
    assert taken([text, wrapped(("docker",), RECORDS[0], TIMES[0], "a")]) == [1]


def test_lines_that_are_alike_share_what_is_known():
    found = unwrap_lines([wrapped(("compose", "timestamps"), RECORDS[0], time, "a") for time in TIMES]).objects
    assert len({id(known) for known in found.known}) == 1


@given(
    st.lists(
        st.sampled_from([*TIMES, "2025-13-01T00:00:00Z", "2025-03-14T09:26:53+25:00", "2025-03-14T09:26:53+01:00", "x", ""]),
        max_size=4,
    )
)
def test_instants_are_told_without_reading_them(texts):
    if are_instants(texts):
        assert None not in map(instant_ns, texts)
    elif len(set(texts)) == 1:
        assert instant_ns(texts[0]) is None
