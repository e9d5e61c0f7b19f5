from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.fixture
def offers(logtrace: Run, stories: Path, monkeypatch: pytest.MonkeyPatch):
    """What the Tab key offers after some words, as fish asks for it."""

    def offered(*words: str) -> list[str]:
        monkeypatch.setenv("LOGTRACE_STORE", str(stories))
        monkeypatch.setenv("_LOGTRACE_COMPLETE", "fish_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(("logtrace", *words)))
        monkeypatch.setenv("COMP_CWORD", words[-1])
        return [line.split(",", 1)[1] for line in logtrace().stdout.splitlines() if line.startswith("plain")]

    return offered


def values(lines: list[str]) -> list[str]:
    return [line.partition("\t")[0] for line in lines]


def test_verbs(offers):
    assert {"show", "services", "status", "sql"} <= set(values(offers("s")))


def test_trace_ids_with_their_requests(offers):
    offered = offers("show", "c8")
    assert offered == ["c81e728d9d4c4f636f067f89cc14862c\tedge-mcp: POST /api/v1/tasks"]
    assert values(offers("show", "@s")) == ["@slowest"]
    assert values(offers("logs", "c81e728d")) == ["c81e728d9d4c4f636f067f89cc14862c"]


def test_operations_and_span_ids_of_the_trace(offers):
    assert values(offers("show", "c81e728d", "--span", "Create")) == ["CreateTask"]
    assert values(offers("show", "c81e728d", "--span", "65")) == ["6524b986a9bbd8a3"]


def test_bash_gets_operations_with_spaces_quoted(logtrace: Run, stories: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOGTRACE_STORE", str(stories))
    monkeypatch.setenv("_LOGTRACE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "logtrace show c81e728d --span PO")
    monkeypatch.setenv("COMP_CWORD", "4")
    assert logtrace().stdout == "plain,'POST /api/v1/tasks'\n"


def test_services(offers):
    assert values(offers("traces", "--service", "w")) == ["worker"]
    assert values(offers("show", "c81e", "--service", "e")) == ["edge-mcp"]


@pytest.mark.parametrize("verb", ["search", "stats", "heatmap", "bottlenecks"])
def test_operations(offers, verb: str):
    assert "CreateTask" in values(offers(verb, "--operation", "Cr"))
    assert "CreateTask" not in values(offers(verb, "--service", "worker", "--operation", "Cr"))


def test_topics(offers):
    assert values(offers("help", "get")) == ["getting-started"]


def test_without_a_store_nothing_is_offered_and_nothing_said(offers, logtrace: Run, monkeypatch: pytest.MonkeyPatch):
    assert offers("show", "c8")
    monkeypatch.setenv("LOGTRACE_STORE", "/none.db")
    done = logtrace()
    assert (done.stdout.strip(), done.stderr) == ("", "")
