from __future__ import annotations

from datetime import UTC

import orjson

from logtrace.ids import Ids
from logtrace.ingest.columns.source import Around
from logtrace.ingest.records import Decoder
from logtrace.ingest.uniform.reading import Uniform


def _alone(many: int, each: int) -> int:
    """How many of so many lines are read by themselves where each operation has so many of them."""
    decoder, read = Decoder(), []

    def alone(line: bytes):
        read.append(line)
        return decoder.decode(line)

    objects = [
        {"time": "2025-11-10T19:36:18.431Z", "msg": "done", "trace_id": f"{at + 1:032x}", "span_id": f"{at + 1:016x}",
         "operation": f"GET /orders/{at // each}", "duration_ms": 3}
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
