"""`logtrace correlate` and `logtrace dashboard`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Call

TASK = "98f13708"


def test_queries_are_printed_whole(ask: Call):
    told = ask("correlate", TASK).out
    assert 'logcli query \'{service=~"edge-mcp|worker"} |= "98f13708210194c475687be6106a3b84"\' --from=' in told
    assert 'sum(rate(http_requests_total{service="edge-mcp"}[5m] @ 1704897728))' in told
    shape = json.loads(ask("correlate", TASK, "--json").out)
    assert [each["figure"] for each in shape["metrics"]] == [None] * 6
    assert shape["since"] == "2024-01-10T14:37:00.250Z"


def test_a_prometheus_that_is_not_there(ask: Call):
    told = ask("correlate", TASK, "--prometheus", "http://127.0.0.1:9")
    assert told.out.count("can't be reached") == 6
    assert "no address of a Prometheus" in ask("correlate", TASK, "--prometheus", "localhost", code=2).err


def test_what_is_asked_comes_from_the_configuration(ask: Call, tmp_path: Path):
    config = tmp_path / "logtrace.toml"
    config.write_text('[correlate]\nloki = ""\n[correlate.metrics]\ndepth = \'max(d{s="$service"})\'\n')
    told = ask("correlate", TASK, "--config", config).out
    assert "Loki" not in told
    assert 'max(d{s="worker"})' in told
    config.write_text('[correlate]\nurl = "http://evil"\n')
    assert "there is no such key" in ask("correlate", TASK, "--config", config, code=2).err


def test_a_dashboard_is_about_the_trace(ask: Call, tmp_path: Path):
    file = tmp_path / "d.json"
    assert "wrote" in ask("dashboard", TASK, "-o", file).err
    told = json.loads(file.read_text())
    assert [panel["type"] for panel in told["panels"]] == ["traces", "logs", "timeseries", "timeseries", "timeseries"]
    variables = {each["name"]: each["query"] for each in told["templating"]["list"]}
    assert (variables["traceId"], variables["service"]) == ("98f13708210194c475687be6106a3b84", "edge-mcp")
    assert variables.keys() == {"jaeger", "loki", "prometheus", "traceId", "service"}
    assert told["time"] == {"from": "2024-01-10T14:37:00.250Z", "to": "2024-01-10T14:47:07.774Z"}
    assert told["panels"][1]["targets"][0]["expr"] == '{service="$service"} |= "$traceId"'
    assert "--force" in ask("dashboard", "-o", file, code=2).err


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("LOGTRACE_TEST_NPM") or not shutil.which("npm"), reason="fetches Grafana's types: LOGTRACE_TEST_NPM=1"
)
def test_a_dashboard_is_one_by_grafanas_types(ask: Call, tmp_path: Path):
    told = ask("dashboard", TASK).out
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "@grafana/schema", "typescript"], cwd=tmp_path, check=True)
    (tmp_path / "d.ts").write_text(f"import type {{ Dashboard }} from '@grafana/schema';\nexport const d: Dashboard = {told};\n")
    options = [
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--moduleResolution",
        "bundler",
        "--module",
        "esnext",
        "--target",
        "es2022",
    ]
    subprocess.run(["npx", "tsc", *options, "d.ts"], cwd=tmp_path, check=True)
