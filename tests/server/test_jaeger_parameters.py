"""Whatever is asked of Jaeger's API, it does not fail."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.strategies import examples

FAILED = "98f13708210194c475687be6106a3b84"
FAR = str(2**63 - 1), str(-(2**63)), str(2**63)
VALUES = {
    "service": ("worker", "", "nobody", "\ud7ff\0"), "operation": ("CallBedrock", ""),
    "traceID": (FAILED, "abc", "x/y", "0" * 33),
    "tags": ('{"error":"true"}', "{", '{"a":null}', "[" * 2000, '{"resource.":""}'),
    "tag": ("error:true", ":", "span.kind:", "a"),
    "start": (*FAR, "1704897720250000"), "end": (*FAR, "1704897727774000"), "endTs": FAR, "lookback": (*FAR, "1000"),
    "minDuration": ("1ns", "-1h", "2562047h47m16.854775807s", "5"), "maxDuration": ("1s", "-1h"), "limit": ("1", "0", "-1", *FAR),
    "raw": ("true", "T", "2"), "prettyPrint": ("1",), "quantile": ("0.5", "nan", "-inf", "1e400", "2"), "step": (*FAR, "1", "0"),
    "ratePer": (*FAR, "1"), "spanKind": ("server", "x"), "groupByOperation": ("1",),
    "query.startTimeMin": ("2024-01-10T14:00:00Z", "9999-12-31T23:59:59Z"),
    "query.startTimeMax": ("2024-01-10T15:00:00+14:00", "x"),
    "query.serviceName": ("worker", ""), "query.searchDepth": ("1", "2147483648", "0"), "query.attributes": ('{"a":"b"}', "1"),
    "query.durationMin": ("1h", "x"), "query.filter": ("{}",), "rawTraces": ("t",), "startTime": ("2024-01-10T14:00:00Z", "1"),
}  # fmt: skip
PATHS = (
    "services", "services/worker/operations", "services/%2F/operations", "operations", "traces", f"traces/{FAILED}", "traces/%00",
    "dependencies", "metrics/latencies", "metrics/calls", "metrics/errors", "v3/services", "v3/operations", "v3/traces",
    "v3/trace-summaries", f"v3/traces/{FAILED}", "v3/traces/%F0%9F%92%A9",
)  # fmt: skip
QUERIES = st.fixed_dictionaries({}, optional={name: st.lists(st.sampled_from(each), max_size=2) for name, each in VALUES.items()})


@pytest.mark.parametrize("path", PATHS)
def test_no_parameter_makes_it_fail(client: TestClient, path: str):
    @settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
    @example({"endTs": [FAR[1]], "lookback": [FAR[0]]})
    @example({"service": ["worker"], "quantile": ["1e400"], "ratePer": [FAR[0]]})
    @example({"service": ["worker"], "endTs": [FAR[0]], "ratePer": [FAR[0]]})
    @given(QUERIES)
    def run(query: dict[str, list[str]]) -> None:
        answer = client.get(f"/api/{path}", params=query)
        assert answer.status_code < 500 or "search depth must be" in answer.text

    run()


def test_a_trace_that_is_named_often_is_given_once(client: TestClient):
    found = client.get("/api/traces", params={"traceID": [FAILED] * 100}).json()
    assert len(found["data"]) == 1
