"""The OpenAPI document is true: whatever is sent, no endpoint fails, and errors have the shape that it names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from logtrace.server.app import make_app
from logtrace.server.endpoint import PREFIX, Endpoint, Param
from logtrace.server.guard import Rules
from logtrace.server.openapi import document
from logtrace.server.own import ENDPOINTS
from tests.strategies import examples

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
    @settings(max_examples=examples(25), suppress_health_check=list(HealthCheck))
    @given(st.fixed_dictionaries({}, optional={param.name: values(param) for param in endpoint.params}), ODD, ODD)
    def run(query: dict[str, Any], trace_id: str, span_id: str) -> None:
        path = endpoint.path.replace("{trace_id}", quoted(trace_id)).replace("{span_id}", quoted(span_id))
        answer = client.get(PREFIX + path, params=query)
        assert answer.status_code < 500, answer.text
        if answer.headers["content-type"] == "application/json" and answer.status_code >= 400:
            assert set(answer.json()["error"]) == {"message", "hint"}

    run()


STRICT = {PREFIX + endpoint.path for endpoint in ENDPOINTS if any(p.kind in ("integer", "choice") for p in endpoint.params)}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
def test_schemathesis(stories: Path, mode: str):
    """What the document allows is answered as it says, what it forbids is refused, and nothing makes the server fail. A text
    that is no time, no expression or nobody's id may be refused as well: the document can't tell."""
    import schemathesis
    from schemathesis.checks import negative_data_rejection, positive_data_acceptance

    app = make_app(stories, Rules(hosts=frozenset({"testserver"})))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    statuses: Counter[int] = Counter()
    for operation in (found.ok() for found in schema.get_all_operations()):
        if mode == "NEGATIVE" and operation.path not in STRICT:
            continue  # no text is wrong by the document
        made = operation.as_strategy(generation_mode=schemathesis.GenerationMode[mode])

        @settings(
            max_examples=examples(25),
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @given(made, st.booleans())
        def run(case: Any, is_there: bool) -> None:
            if is_there and case.path_parameters:
                case.path_parameters["trace_id"] = FAILED
            answer = case.call()
            statuses[answer.status_code] += 1
            empty = "" in dict(case.query or {}).values()  # which is none, and so is no wrong one
            case.validate_response(answer, excluded_checks=[positive_data_acceptance, *[negative_data_rejection] * empty])

        run()
    assert statuses[200 if mode == "POSITIVE" else 400] > 50


def quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text or "x", safe="")


def test_the_document_is_served_and_names_every_endpoint(client: TestClient):
    found = client.get("/openapi.json").json()
    assert found == document()
    assert set(found["paths"]) == {PREFIX + endpoint.path for endpoint in ENDPOINTS}
    names = [operation["get"]["operationId"] for operation in found["paths"].values()]
    assert len(set(names)) == len(names)
