from __future__ import annotations

import shlex

import pytest

from logtrace.analysis.traces.correlate import Templates, correlation, for_dashboard
from logtrace.errors import ConfigError
from logtrace.model import Trace
from logtrace.units import NS
from tests.builders import T0, TRACE_ID, span, throttled, trace

MINUTE = NS["m"]


def test_queries_are_of_the_trace_its_window_and_its_services():
    found = correlation(throttled(), MINUTE, Templates())
    assert (found.since_ns, found.until_ns) == (T0 - MINUTE, T0 + 900_000_000 + MINUTE)
    assert found.loki == '{service=~"edge-mcp|worker"} |= "' + TRACE_ID + '"'
    assert shlex.split(found.loki_command)[:3] == ["logcli", "query", found.loki]
    assert f'| filter trace_id = "{TRACE_ID}"' in found.cloudwatch
    window = f"--start-time {T0 // NS['s'] - 60} --end-time {T0 // NS['s'] + 61} "  # whole seconds, and none of it left out
    assert window in found.cloudwatch_command
    rate = found.metrics[1]
    assert (rate.name, rate.service) == ("request rate", "worker")
    assert rate.query == f'sum(rate(http_requests_total{{service="worker"}}[5m] @ {T0 // NS["s"] + 1}))'
    assert rate.ranged == 'sum(rate(http_requests_total{service="worker"}[5m]))'


def test_names_cannot_leave_their_strings():
    evil = trace(span("a", 'x"} |= "y\\')), '$(rm -rf ~)\n"'
    made = Trace(evil[1], evil[0].spans)
    found = correlation(made, MINUTE, Templates())
    assert found.loki == '{service=~"x\\"\\\\} \\\\|= \\"y\\\\\\\\"} |= "$(rm -rf ~)\\n\\""'
    assert shlex.split(found.loki_command)[2] == found.loki
    assert 'service="x\\"} |= \\"y\\\\"' in found.metrics[0].query


def test_a_trace_without_times_has_queries_without_a_window():
    found = correlation(trace(span("a", at=None, ms=None)), MINUTE, Templates())
    assert (found.since_ns, found.cloudwatch_command) == (None, "")
    assert "--from" not in found.loki_command
    assert " @ " not in found.metrics[0].query


def test_templates_of_ones_own():
    found = correlation(throttled(), MINUTE, Templates("", "", {"queue": 'max(depth{q="$service"} @ $at) * $$1'}))
    assert (found.loki_command, found.cloudwatch_command) == ("", "")
    assert found.metrics[0].ranged == 'max(depth{q="edge-mcp"}) * $1'
    with pytest.raises(ConfigError, match=r"'\$nope' can't be filled"):
        correlation(throttled(), MINUTE, Templates("$nope"))


def test_a_dashboard_has_variables_of_its_own():
    assert for_dashboard('a{s=~"$services"} |= "$trace_id" @ $at') == 'a{s=~"$service"} |= "$traceId"'
