"""A trace shown straight from files in which things stand on several lines is the trace that an ingest gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FILES = Path(__file__).parents[3] / "fixtures" / "formats" / "files"
NAMES = [
    "python-otel-console-spans-pretty.txt", "node-otel-console-spans.txt", "dotnet-otel-console.txt", "gcp-logentry.json",
    "java-otel-logging-exporter.txt", "otlp-traces.jsonl", "wrap-loki-query.json", "aws-logs-filter-log-events.json",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_show_of_files_and_of_the_store_agree(name: str, logtrace: Callable[..., Any], tmp_path: Path):
    trace = "67d3f65d8a1b4c2e9f0d7a3b5c6e1f20"
    logtrace("ingest", FILES / name, "--store", tmp_path / "store.db")
    kept, read = (
        json.loads(logtrace("show", trace, *where, "--json").stdout)["spans"]
        for where in (("--store", tmp_path / "store.db"), (FILES / name,))
    )
    keys = ("span_id", "parent_span_id", "service", "operation", "start_ns", "duration_ns", "status")
    assert [[span[key] for key in keys] for span in read] == [[span[key] for key in keys] for span in kept]
