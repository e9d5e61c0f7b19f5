"""Docs cannot lie: what is generated is up to date, what is quoted runs."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import docs
import pytest
from click.testing import CliRunner

from logtrace import api, errors
from logtrace.cli.group import LazyGroup, logtrace
from logtrace.cli.help import page, topics
from logtrace.cli.verbs import VERBS
from logtrace.model import LogLine, TraceSummary
from logtrace.query.found import Hit, Match
from logtrace.query.grammar import parse
from logtrace.query.text import text_of
from logtrace.views.json.shapes import hit_json, log_line_json, span_json, trace_json
from tests.builders import slow_task

ROOT = Path(__file__).parent.parent
DOCUMENTS = docs.documents()
COMMAND = re.compile(r"(?:^|[|`$] ?)\s*logtrace ([a-z]+)((?: [^|#`\n]*)?)", re.MULTILINE)


@pytest.mark.slow  # scripts/check tells it as well
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_generated_parts_are_up_to_date(path: Path):
    text = path.read_text(encoding="utf-8")
    assert docs.renewed(text) == text, "scripts/docs.py writes it anew"


def test_every_generated_part_has_its_place():
    placed = {name for path in DOCUMENTS for name, _ in docs.PART.findall(path.read_text(encoding="utf-8"))}
    assert placed == set(docs.PARTS)


def test_the_readme_stays_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 400


@pytest.mark.parametrize("path", ["README.md", "logtrace/help/check.md"])
def test_what_to_paste_in_ci_is_there(path: str):
    text = (ROOT / path).read_text(encoding="utf-8")
    for file, what in (
        (".github/workflows", "--format github"),
        (".gitlab-ci.yml", "junit: "),
        (".pre-commit-config.yaml", "- repo: local"),
    ):
        assert what in text[text.index(f"# {file}") :][:500]


def test_what_to_paste_for_grafana_and_a_proxy_is_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = [part for part in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "datasources" in part]
    sources, dashboards = (line for line in block.splitlines() if not line.startswith("#"))
    assert "apiVersion: 1, datasources: [{ name: logtrace, type: jaeger, access: proxy, url: " in sources
    assert "apiVersion: 1, providers: [{ name: logtrace, type: file, options: { path: " in dashboards
    proxy = text[text.index("```nginx") :]
    assert all(
        told in proxy for told in ("auth_basic ", "--root-path /logtrace", "proxy_pass http://127.0.0.1:16686", "jaeger-ui")
    )


@pytest.mark.parametrize("topic", topics())
def test_pages_fit_80_columns_and_have_a_title(topic: str):
    text = page(topic)
    assert text.startswith("# ")
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert "<!--" not in text


def quoted() -> list[tuple[str, str]]:
    """(verb, options) of the commands in README, pages and help texts."""
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS] + [docs.commands()]
    found = {(verb, rest.split("   ")[0].strip()) for text in texts for verb, rest in COMMAND.findall(text)}
    return sorted((verb, rest) for verb, rest in found if verb in {known.name for known in VERBS})


@pytest.mark.parametrize(("verb", "rest"), quoted())
def test_quoted_options_exist(verb: str, rest: str):
    command = logtrace.get_command(None, verb)  # type: ignore[arg-type]
    known = {opt for param in command.params for opt in param.opts} | {"--help", "-h"}
    used = {word.split("=")[0] for word in shlex.split(rest.replace("…", ""), posix=False) if re.match(r"--?[a-z]", word)}
    assert used <= known


def test_all_verbs_are_modules_of_the_room():
    folder = ROOT / "logtrace" / "cli"
    verbs = {path.stem for path in folder.glob("*.py") if re.search(r"^@click\.command\(", path.read_text(), re.MULTILINE)}
    assert verbs == {verb.name for verb in VERBS}
    assert isinstance(logtrace, LazyGroup)
    assert CliRunner().invoke(logtrace, ["show", "--help"]).exit_code == 0


def test_exit_codes_are_those_of_the_tree():
    text = page("exit-codes")
    tree = [errors.LogtraceError, *errors.LogtraceError.__subclasses__()]
    assert {int(code) for code in re.findall(r"^    (\d+) ", text, re.MULTILINE)} == {
        0,
        1,
        10,
        130,
        *(error.exit_code for error in tree),
    }


def test_the_expressions_of_the_page_are_expressions():
    block = page("search").split("## Expressions")[1].split("Compare with")[0]
    shown = [re.split(r"\s{3,}", line.strip())[0] for line in block.splitlines() if line.startswith("    ")]
    assert len(shown) > 5
    for expression in shown:
        assert parse(text_of(parse(expression))) == parse(expression)


def test_the_json_page_names_every_key():
    text = page("json")
    line = LogLine("t", "s", "a", 0, 9, "b", "t", "p", 1)
    summary = TraceSummary("t", "a", "b", 0, 1, 2, 3, 4, 5, 6, False)
    hit = hit_json(Hit(summary, 0, 1, Match("t", "s", "a", "b", 0, 1, 0)))
    shapes = [trace_json(slow_task()), span_json(slow_task().spans[0]), hit, hit["longest_match"], log_line_json(line)]
    keys = {key for shape in shapes for key in shape if not key.startswith(("start_", "end_", "duration_"))}
    assert {key for key in keys if not re.search(rf"\b{key}\b", text)} == set()


def test_the_heatmap_of_the_guide_runs(tmp_path: Path):
    _, query = re.findall(r"```sql\n(.*?)```", page("sql"), re.DOTALL)
    assert "'-1 hour'" in query
    store = tmp_path / "s.db"
    api.ingest([str(ROOT / "fixtures" / "slow-create-task" / "logs")], store)
    with api.open(store) as opened:
        columns, rows = opened.sql(query.replace("'now', '-1 hour'", "'2024-01-10'"))
        found = list(rows)
    assert columns == ["minute", "operation_name", "bucket", "count", "avg_duration"]
    slow = max(found, key=lambda row: row[4] if row[1] == "CreateTask" else 0)
    assert slow[:2] == ("2024-01-10T14:31:00Z", "CreateTask")
    assert slow[4] == pytest.approx(4800)
    assert sum(row[3] for row in found) == 48


def test_other_sql_of_the_page_runs(tmp_path: Path):
    store = tmp_path / "s.db"
    api.ingest([str(ROOT / "fixtures" / "slow-create-task" / "logs")], store)
    (query,) = re.findall(r"^    (SELECT service, operation.*?)\n\n", page("sql"), re.DOTALL | re.MULTILINE)
    with api.open(store) as opened:
        assert next(opened.sql(query)[1])[:2] == ("edge-mcp", "POST /api/v1/tasks")
        attribute = "SELECT attributes ->> '$.\"db.system\"' FROM spans WHERE operation = 'CreateTask'"
        assert next(opened.sql(attribute)[1]) == ("postgresql",)
        calls, _ = re.findall(r"```sql\n(.*?)```", page("sql"), re.DOTALL)
        assert next(row[:3] for row in opened.sql(calls)[1]) == ("POST /api/v1/tasks", "AuthorizeUser", 8)
        # what is not made whole first is taken apart, and each row held against each: hours, where there are many
        for select in ("*", "count(*)"):
            for view in ("spans", "logs"):
                plan = opened.sql(f"EXPLAIN QUERY PLAN SELECT {select} FROM {view} JOIN traces USING (trace_id)")[1]
                assert any(row[3] == "MATERIALIZE traces" for row in plan), (select, view)


def test_the_json_that_fields_shows_is_one_whole_span(tmp_path: Path):
    (block,) = re.findall(r"^    (\{.*?\})\n", page("fields"), re.DOTALL | re.MULTILINE)
    log = tmp_path / "a.log"
    log.write_text(json.dumps(json.loads(block)) + "\n")
    (trace,) = api.read([str(log)])
    (span,) = [span for span in trace.spans if not span.phantom]
    assert (span.service, span.name, span.duration_ns, span.flags) == ("edge-mcp", "CreateTask", 45_300_000, 0)


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "logtrace" / "help" / "python.md"], ids=lambda path: path.name)
def test_the_python_that_is_shown_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    logs = ROOT / "fixtures" / "anatomy" / "logs"
    for name in ("edge-mcp.log", "worker.log"):
        (tmp_path / name).write_bytes((logs / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGTRACE_STORE", str(tmp_path / "usual.db"))
    api.ingest([str(logs), str(ROOT / "fixtures" / "leaking-cache" / "worker.log")], tmp_path / "incident.db")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
        exec(block.replace("/var/log/mcp", str(logs)), names)
    assert names["trace"].trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
