"""Clocks without known parents: found where operations always fit one another, and left alone where they may agree."""

from __future__ import annotations

import random

import numpy as np
import pytest
from shapes import SHAPES, shape
from systems import KINDS, MS, requests, system

from logtrace.reconstruct.clocks import Clocks
from logtrace.reconstruct.coldstart import Spans, first_offsets, loose
from logtrace.reconstruct.host_clocks import clocks


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


def test_too_few_requests_tell_nothing():
    spans, _, _ = told("hotel", 15, 20)
    assert first_offsets(spans) == []
