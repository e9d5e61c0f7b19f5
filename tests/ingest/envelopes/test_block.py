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


def agrees(lines: list[bytes]) -> bool:
    """Whether the lines at once give what each gives alone; False where they give nothing."""
    found = unwrap_lines(lines, ZONE)
    if found is None:
        return False
    assert len(found.texts) == len(found.known) == len(lines)
    for index, line in enumerate(lines):
        record = decoded(found.texts[index].decode())
        if record is None or not may_be_wrapped(record):
            alone = unwrap(line.decode().rstrip(), ZONE)
            assert (found.texts[index].decode(), found.outer(index)) == (alone.text, alone.outer)
    return True


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
            assert unwrap_lines(lines, ZONE) is None
        else:
            agrees(lines)


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.name)
def test_every_example_many_times(envelope):
    at_once = agrees([envelope.example.encode()] * 3)
    assert at_once == (envelope.peel_lines is not None and envelope.name != "stdlib_date")  # whose example has text inside


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
def test_one_odd_line_among_dockers_sends_all_the_long_way(odd):
    usual = wrapped(("docker",), RECORDS[0], TIMES[0], "a")
    assert agrees([usual, usual])
    assert unwrap_lines([usual, odd, usual]) is None


@pytest.mark.parametrize(
    "odd", [b"2025-03-14T09:26:53Z stdout P x", b"2025-03-14T09:26:53Z stdin F x", b"2025-03-14T25:26:53Z stdout F x"]
)
def test_one_odd_line_among_those_of_cri(odd):
    usual = wrapped(("cri",), RECORDS[0], TIMES[0], "a")
    assert unwrap_lines([usual, odd]) is None


def test_labels_in_braces_are_no_object():
    assert unwrap_lines([b'2025-03-14T09:26:53Z {app="a"} x', b"2025-03-14T09:26:53Z {} x"]) is None
    assert unwrap_lines([b'2025-03-14T09:26:53Z {"a":1}', b"2025-03-14T09:26:53Z {} x"]) is None


def test_text_under_an_envelope_stays_text():
    lines = [
        b'{"log":"panic: x\\n","stream":"stderr","time":"2025-03-14T09:26:53Z"}',
        wrapped(("docker",), RECORDS[0], TIMES[0], "a"),
    ]
    assert agrees(lines)
    assert agrees(lines[::-1])


def test_lines_that_are_alike_share_what_is_known():
    found = unwrap_lines([wrapped(("compose", "timestamps"), RECORDS[0], time, "a") for time in TIMES])
    assert found is not None
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
