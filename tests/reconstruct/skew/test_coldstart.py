"""Clocks without known parents: found where operations always fit one another, and left alone where they may agree."""

from __future__ import annotations

import random
import tracemalloc

import numpy as np
import pytest
from shapes import SHAPES, shape
from systems import KINDS, MS, US, requests, system

from logtrace.reconstruct.skew.coldstart import Spans, contradicted, first_offsets, loose
from logtrace.reconstruct.skew.host_clocks import clocks
from logtrace.reconstruct.spans.clocks import Clocks


def told(name: str, many: int, sigma_ms: float = 0) -> tuple[Spans, list[str], list[int]]:
    """The spans of a system, its services, and how far the clock of each is ahead."""
    traces = list(requests(shape(name) if name in SHAPES else system(name, 0), many, 0))
    services = sorted({span.service for trace in traces for span in trace})
    rng = random.Random(0)
    ahead = [int(rng.gauss(0, sigma_ms * MS)) for _ in services]
    operations: dict[tuple[str, str], int] = {}
    rows = [
        (
            number, services.index(span.service), operations.setdefault((span.service, span.operation), len(operations)),
            span.start_ns + ahead[services.index(span.service)], span.end_ns + ahead[services.index(span.service)],
        )
        for number, trace in enumerate(traces)
        for span in trace
    ]  # fmt: skip
    return Spans(*np.array(rows, np.int64).T), services, ahead


@pytest.mark.parametrize("sigma_ms", [3, 20])
def test_servers_of_clients_that_log_are_brought_together(sigma_ms: float):
    spans, services, ahead = told("hotel", 100, sigma_ms)
    found = clocks(first_offsets(spans), services, np.bincount(spans.domain), cold=True)
    assert len(found) == len(services) - 1
    for clock in found:
        true = ahead[services.index(clock.reference)] - ahead[services.index(clock.domain)]
        assert abs(clock.shift_ns(0) - true) < 0.1 * MS
    shifts = [Clocks(found).shift_ns(service, 0) for service in services]
    assert loose(spans, shifts) == 0 < loose(spans, [0] * len(services))


@pytest.mark.parametrize("name", [*KINDS, *SHAPES])
def test_clocks_that_agree_are_left_alone(name: str):
    spans, services, _ = told(name, 60)
    found = clocks(first_offsets(spans), services, np.bincount(spans.domain), cold=True)
    odd = loose(spans, [0] * len(services))
    assert name in ("async", "orders", "social") or odd < 0.02 * len(spans.trace), "so that no clock is moved"
    assert (
        not found
        or odd < 0.02 * len(spans.trace)
        or loose(spans, [Clocks(found).shift_ns(service, 0) for service in services]) >= 0.8 * odd
    )


def timed(*traces: list[tuple[int, int, int, int]]) -> Spans:
    """Traces of spans (domain, operation, start, end in us)."""
    rows = [(number, domain, of, start * US, end * US) for number, trace in enumerate(traces) for domain, of, start, end in trace]
    return Spans(*np.array(rows, np.int64).T)


def queued(number: int, late_us: int) -> list[tuple[int, int, int, int]]:
    """An order, and a consumer of another host that begins some milliseconds after it."""
    rng = random.Random(number)
    ends, begins = rng.randint(20_000, 30_000), rng.randint(2000, 6000) + late_us
    return [(0, 0, 0, ends), (1, 1, ends + begins, ends + begins + rng.randint(1000, 4000))]


@pytest.mark.parametrize(("late_us", "told_so"), [(0, False), (100_000, True)])
def test_what_a_queue_explains_tells_of_no_clock(late_us: int, told_so: bool):
    assert bool(first_offsets(timed(*(queued(number, late_us) for number in range(40))))) == told_so


def mailed(number: int) -> list[tuple[int, int, int, int]]:
    """An order is prepared, and asks twice by clients of one name: the second time for a mail, which always takes as long."""
    rng = random.Random(number)
    prepared, asks = rng.randint(9000, 11_000), rng.randint(14_000, 15_000)
    clients = [(0, 2, at, at + rng.randint(2300, 2500)) for at in (rng.randint(1000, 2000), asks)]
    return [(0, 0, 0, 20_000), (0, 1, 500, 500 + prepared), *clients, (1, 3, asks + 150, asks + 2150)]


def test_what_lies_within_what_fits_it_most_closely_is_not_moved_into_something_else():
    (offset,) = first_offsets(timed(*(mailed(number) for number in range(40))))
    assert offset.region(None).allows_zero(0)


def test_a_dozen_requests_tell_how_far_clocks_differ_and_fewer_tell_nothing():
    spans, services, ahead = told("layers", 14, 20)
    found = clocks(first_offsets(spans), services, np.bincount(spans.domain), cold=True)
    assert found
    for clock in found:
        true = ahead[services.index(clock.reference)] - ahead[services.index(clock.domain)]
        assert abs(clock.shift_ns(0) - true) < 0.5 * MS
    fewer, _, _ = told("layers", 11, 20)
    assert first_offsets(fewer) == []


def repeated(ahead_ns: int, late_ns: int = 0, many: int = 30) -> Spans:
    """Requests (domain 0) that call a server (domain 1) two to five times, one call after the other, by clients of their own. The
    server's clock is so much ahead, and each of its spans ends so long after it has answered."""
    rng, rows = random.Random(2), []
    for number in range(many):
        at = 500_000
        calls = []
        for _ in range(rng.randint(2, 5)):
            took = rng.randint(1 * MS, 9 * MS)
            calls.append((number, 0, 1, at, at + took + 200_000))
            calls.append((number, 1, 2, at + 100_000 + ahead_ns, at + 100_000 + took + ahead_ns + late_ns))
            at += took + rng.randint(300_000, 2 * MS)
        rows += [(number, 0, 0, 0, calls[-2][4]), *calls]
    return Spans(*np.array(rows, np.int64).T)


@pytest.mark.parametrize("ahead_ms", [-20, 4, 20])
def test_calls_that_a_request_makes_several_times_are_brought_together(ahead_ms: int):
    spans = repeated(ahead_ms * MS)
    assert contradicted(spans)
    (offset,) = first_offsets(spans)
    assert (offset.a, offset.b) == (0, 1)
    assert abs(offset.windows[None].point + ahead_ms * MS) < 0.1 * MS


def test_clocks_that_agree_are_not_contradicted_by_calls_that_repeat():
    assert not contradicted(repeated(0))


def test_servers_that_end_a_little_late_are_not_loose():
    assert loose(repeated(0, late_ns=300_000), [0, 0]) == 0
    assert loose(repeated(0, late_ns=3 * MS), [0, 0]) > 0


def test_a_trace_of_thousands_of_spans_is_not_looked_at_pair_by_pair():
    """Twenty thousand took 12 GB."""
    many = np.arange(2_000)
    spans = Spans(many * 0, many % 2, many % 3, many * MS, many * MS + 5 * MS)
    tracemalloc.start()
    assert first_offsets(spans) == []
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
