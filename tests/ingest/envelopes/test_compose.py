from __future__ import annotations

from datetime import UTC

import pytest

from logtrace.ingest.envelopes.compose import peel


@pytest.mark.parametrize(
    ("text", "service", "container"),
    [
        ("edge-mcp-1  | hello", "edge-mcp", "edge-mcp-1"),
        ("edge-mcp_1 | hello", "edge-mcp", "edge-mcp_1"),
        ("rest-api-12         | hello", "rest-api", "rest-api-12"),
        ("postgres  | hello", "postgres", "postgres"),
        ("my.svc_2-3  | hello", "my.svc_2", "my.svc_2-3"),
    ],
)
def test_service_is_the_name_without_its_number(text, service, container):
    found = peel(text, UTC)
    assert (found.inner, found.service, found.resource) == ("hello", service, (("container.name", container),))


def test_the_text_keeps_its_spaces_and_bars():
    assert peel("api-1  |   a | b", UTC).inner == "  a | b"


@pytest.mark.parametrize(
    "text",
    [
        "foo | bar",
        "some words-1 | bar",
        " api-1  | indented",
        "api-1  |no space",
        "2025-11-10 | 3",
        "200  | 45ms",
        "172.18.0.4 | 200 |    45.31287ms | POST | /api/v1/tools",
        "{api-1  | x",
        "api-1  ",
    ],
)
def test_ordinary_text_is_no_layer(text):
    assert peel(text, UTC) is None
