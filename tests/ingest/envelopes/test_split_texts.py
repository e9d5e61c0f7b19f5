"""Where texts stand that a runtime split: in a small block line by line, in a large one by the ends of its lines."""

from __future__ import annotations

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from logtrace.ingest.envelopes import split_texts
from logtrace.ingest.vocabulary.beginnings import FEW
from tests.strategies import examples

TIMES = ("2024-01-10T14:30:00.123456789Z", "2024-01-10T14:30:00.5Z", "2024-01-10T14:30:00Z", "2024-01-10T14:30:00+01:00", "t")
TEXTS = ("a", "a\n", "a\\n", "a\\\n", "a\r\n", 'a","stream":"std\n', "", "\n", "a\n b")


def docker(text: str, stream: str, time: str) -> bytes:
    return orjson.dumps({"log": text, "stream": stream, "time": time})


def labelled(text: str, stream: str, time: str) -> bytes:
    return orjson.dumps({"log": text, "stream": stream, "attrs": {"a": "b"}, "time": time})


def cri(text: str, stream: str, time: str) -> bytes:
    return f"{time} {stream} {'F' if text[-1:] == chr(10) else 'P'} {text.strip()}".encode()


wraps = st.sampled_from((docker, docker, labelled, cri))
streams = st.sampled_from(("stdout", "stderr", "stdin"))
lines = st.builds(
    lambda wrap, *args: wrap(*args), wraps, st.sampled_from(TEXTS), streams, st.sampled_from(TIMES)
) | st.sampled_from(
    (b"", b"x", b'{"log"', b'{"log":"', b'{"log":"a\\n","stream":"stdout","time":"', b"2024 stdout P", b'{"a":1}')
)
USUAL = (b'{"a":"b"}', docker("a\n", "stdout", TIMES[0]), cri("a\n", "stdout", TIMES[0]))


@settings(max_examples=examples(200))
@given(st.lists(lines, min_size=1, max_size=9), st.sampled_from(USUAL), st.sampled_from((b"", b"\n", b"\r\n")))
def test_a_large_block_and_a_small_one(found: list[bytes], usual: bytes, end: bytes):
    data = b"\n".join(found) + end
    before = b"\n".join([usual] * (FEW // len(usual) + 1)) + b"\n"
    large = [[(start - len(before), stop - len(before)) for start, stop in pieces] for pieces in split_texts(before + data)]
    assert large == list(split_texts(data))


def test_the_pieces_of_a_text():
    told = [docker("first ", "stdout", TIMES[0]), docker("x\n", "stderr", TIMES[1]), docker("rest\n", "stdout", TIMES[2])]
    data = b"\n".join(told)
    (pieces,) = split_texts(data)
    assert [data[start:end] for start, end in pieces] == [b"first ", b"rest"]
