from __future__ import annotations

from datetime import UTC

import orjson
import pytest

from logtrace.ids import Ids
from logtrace.ingest.columns.source import Around
from logtrace.ingest.records import Decoder
from logtrace.ingest.uniform.reading import Uniform
from logtrace.model import Record, Role


def _alone(many: int, each: int, **more: str) -> int:
    """How many of so many lines are read by themselves where each operation has so many of them. more: what all lines have."""
    decoder, read = Decoder(), []

    def alone(line: bytes):
        read.append(line)
        return decoder.decode(line)

    objects = [
        {"time": "2025-11-10T19:36:18.431Z", "msg": "done", "trace_id": f"{at + 1:032x}", "span_id": f"{at + 1:016x}",
         "operation": f"GET /orders/{at // each}", "duration_ms": 3, **more}
        for at in range(many)
    ]  # fmt: skip
    lines = list(map(orjson.dumps, objects))
    uniform = Uniform({}, Ids(), UTC)
    uniform.learn(objects[0])
    uniform.read(b"\n".join(lines), lines, Around(("", 3), alone))
    return len(read)


def test_lines_of_which_each_has_a_name_of_its_own_are_soon_left_to_the_general_way():
    """Also within a block, and for good."""
    assert 400 < _alone(4_000, each=1) < 1_000


def test_lines_of_many_names_that_come_again_are_read_together():
    assert _alone(4_000, each=40) == 100


def test_messages_that_say_no_more_than_that_a_span_begins_tell_its_role_among_many_lines():
    told = ["span started", "work", "Span finished", "more work"]
    lines = [
        b'{"time":"2025-03-14T09:26:53Z","msg":"%b","trace_id":"%032x","span_id":"%016x"}' % (told[n % 4].encode(), n + 1, n + 1)
        for n in range(400)
    ]
    decoder = Decoder()
    for _ in range(2):  # what was learned from the first lines is used for the next
        records = [record for _, record, _ in decoder.lines(b"\n".join(lines))]
        roles = [Role(record.role) for record in records if isinstance(record, Record)]
        assert roles == [Role.START, Role.POINT, Role.END, Role.POINT] * 100


def test_messages_that_repeat_an_event_are_read_together():
    assert _alone(4_000, each=40, msg="span finished", event="span_end") == 100


@pytest.mark.parametrize(
    "more",
    [
        {}, {"event": "query"}, {"event": None}, {"event": "span_end"}, {"tags": {"event": "query"}}, {"tags": {"user": "ada"}},
        {"duration_ms": 3}, {"start_time": "2025-03-14T09:26:52Z"}, {"level": "error"}, {"span_id": ""}, {"span_id": None},
        {"start_time": "2025-03-14T09:26:52Z", "end_time": "2025-03-14T09:26:53Z"}, {"msg": "span finished in 5ms"},
    ],
    ids=str,
)  # fmt: skip
def test_such_messages_mean_the_same_among_many_as_alone(more: dict[str, object]):
    told = ["span started", "work", "Span finished", "took 3ms"]
    lines = [
        orjson.dumps(
            {"time": "2025-03-14T09:26:53Z", "msg": told[at % 4], "trace_id": f"{at + 1:032x}", "span_id": f"{at + 1:016x}"}
            | (more if at % 3 else {})
        )
        for at in range(400)
    ]
    decoder = Decoder()
    for _ in range(2):
        together = [record for _, record, _ in decoder.lines(b"\n".join(lines))]
        assert together == [Decoder().decode(line) for line in lines]
