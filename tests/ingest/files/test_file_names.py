from __future__ import annotations

import pytest

from logtrace.ingest.files.file_names import same_family, service_of


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/var/log/edge-mcp.log", "edge-mcp"),
        ("edge-mcp.log.1", "edge-mcp"),
        ("edge-mcp.log.2.gz", "edge-mcp"),
        ("edge-mcp-2024-01-10.log", "edge-mcp"),
        ("edge-mcp.log-20240110", "edge-mcp"),
        ("worker.jsonl", "worker"),
        ("4f3a-json.log", "4f3a"),
        ("rest-api", "rest-api"),
        (".log", ".log"),
        ("-", ""),
    ],
)
def test_the_service_that_a_file_name_tells(path, service):
    assert service_of(path) == service


def test_rotated_copies_are_of_one_family():
    assert same_family("a/app.log", "b/app.log.2.gz")
    assert not same_family("app.log", "worker.log")
