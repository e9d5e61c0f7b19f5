"""The OpenAPI document is true: whatever is sent, no endpoint fails, and errors have the shape that it names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from logtrace.server.endpoint import PREFIX, Endpoint, Param
from logtrace.server.openapi import document
from logtrace.server.own import ENDPOINTS

FAILED = "98f13708210194c475687be6106a3b84"
ODD = st.one_of(
    st.text(max_size=12), st.sampled_from(["0", "-1", "1e9", "9" * 25, "1h", "@error", FAILED, "a=b", "error", "\ud7ff\0"])
)


def values(param: Param) -> st.SearchStrategy[Any]:
    """Mostly what the document allows, sometimes anything."""
    likely: st.SearchStrategy[Any] = ODD
    if param.kind == "integer":
        likely = st.integers(param.least, param.most).map(str)
    elif param.kind == "choice":
        likely = st.sampled_from(param.choices)
    elif param.kind == "texts":
        return st.lists(st.one_of(ODD, st.just("user.id=user-123")), max_size=3)
    return st.one_of(likely, ODD)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_no_question_makes_it_fail(client: TestClient, endpoint: Endpoint):
    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(st.fixed_dictionaries({}, optional={param.name: values(param) for param in endpoint.params}), ODD, ODD)
    def run(query: dict[str, Any], trace_id: str, span_id: str) -> None:
        path = endpoint.path.replace("{trace_id}", quoted(trace_id)).replace("{span_id}", quoted(span_id))
        answer = client.get(PREFIX + path, params=query)
        assert answer.status_code < 500, answer.text
        if answer.headers["content-type"] == "application/json" and answer.status_code >= 400:
            assert set(answer.json()["error"]) == {"message", "hint"}

    run()


def quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text or "x", safe="")


def test_the_document_is_served_and_names_every_endpoint(client: TestClient):
    found = client.get("/openapi.json").json()
    assert found == document()
    assert set(found["paths"]) == {PREFIX + endpoint.path for endpoint in ENDPOINTS}
    names = [operation["get"]["operationId"] for operation in found["paths"].values()]
    assert len(set(names)) == len(names)
