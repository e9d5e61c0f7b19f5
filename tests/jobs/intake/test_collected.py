"""Lines that are read one by one come as columns where there are many, and make the same rows."""

from __future__ import annotations

import pytest

from logtrace.jobs.intake import collected
from logtrace.store.rows.packed import Packed, unpacked
from tests.jobs.intake.test_work import fragments, run

TRACE = "4bf92f3577b34da6a3ce929d0e0e47"


def logfmt(at: int, span: int, event: str, more: str = "") -> str:
    """A line of one of ten traces; its time follows from `at`."""
    return (
        f"time=2024-01-10T14:30:{at // 1000:02}.{at % 1000:03}Z level=info msg=\"{event} {at}\" trace_id={TRACE}{span % 10:02}"
        f" span_id=a3ce929d0e0e{span:04x} operation=op-{span % 3} event={event} {more}"
    )  # fmt: skip


def span_of(number: int) -> list[str]:
    at, took = number * 7, number % 5
    first, last = logfmt(at, number, "span_start", "user=u1"), logfmt(at + took, number, "span_end", f"duration_ms={took}")
    between = [logfmt(at, number, "step") for _ in range(number % 4)]
    match number % 6:
        case 0:
            return [last, *between, first]  # out of order
        case 1:
            return [first, *between, f"{last} error=boom"]
        case 2:
            return [first, *between]
        case 3:
            return [first, *between, last.replace(f"duration_ms={took}", "")]
    return [first, *between, last]


LINES = [line for number in range(60) for line in span_of(number)]
MORE = ["words of no trace", "", f"time=2024-01-10T14:30:00Z level=info msg=no-span trace_id={TRACE}01 n=1"]


@pytest.mark.parametrize("lines", [LINES, [*LINES, *MORE], [*MORE, *reversed(LINES)], LINES + LINES], ids=len)
def test_the_rows_are_the_same(lines, monkeypatch):
    data = "".join(f"{line}\n" for line in lines).encode()
    quick = run(data)
    monkeypatch.setattr(collected, "_MANY", len(lines) + 1)
    slow = run(data)
    assert len([*unpacked(Packed(*quick.usual))]) + len(quick.pending) > 20
    assert not slow.usual[0], "then none came as columns"
    assert sorted(map(repr, fragments(quick))) == sorted(map(repr, fragments(slow)))
    assert (quick.chunks, quick.rejected, quick.duplicates) == (slow.chunks, slow.rejected, slow.duplicates)
