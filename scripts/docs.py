"""Writes the generated parts of README.md and the help pages anew; with --check says which are out of date.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; NAME is a function of PARTS.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path

import click

from logtrace import api, errors
from logtrace.analysis.checks import CHECKS
from logtrace.cli.group import logtrace
from logtrace.cli.help import topics
from logtrace.cli.verbs import VERBS, by_question
from logtrace.ingest.envelopes import ENVELOPES
from logtrace.ingest.exports import IMPORTS
from logtrace.ingest.formats import FORMATS
from logtrace.ingest.formats.texts import TEXTS
from logtrace.ingest.secrets.wanted import rule_names
from logtrace.jobs.verbs.export import FORMATS as EXPORTS
from logtrace.store.file.schema import SCHEMA
from logtrace.views.elements.text import clean, fit

ROOT = Path(__file__).parent.parent
WIDTH = 80
EXAMPLE = ("show", "c81e728d9d4c4f636f067f89cc14862c", "fixtures/slow-create-task/logs")
EXAMPLE_WIDTH = 96
EXAMPLE_CELLS = 52  # beside the longest name
HELP_WIDTH = 76  # and four cells of margin
STORY_WIDTH = 110
INCIDENTS: dict[str, list[tuple[str, ...]]] = {
    "slow": [
        ("search", "--operation", "CreateTask", "--min-duration", "1s"),
        ("bottlenecks", "c81e728d", "-n", "1"),
        ("compare", "c81e728d"),
    ],
    "lost": [
        ("search", "--operation", "HandleWebSocketMessage", "--error"),
        ("compare", "b7d9e1a25c3f48e6"),
    ],
    "throttled": [("search", "--error", "--service", "worker"), ("errors", "98f13708")],
    "leak": [("compare", "--ago", "1h", "--from", "fixtures/leaking-cache/worker.log")],
}
"""Incidents of the fixtures: the commands from a symptom to its cause."""

MORE: dict[str, list[tuple[str, ...]]] = {
    "lost": [("timeline", "ws.connection_id = 'conn-abc123'")],
    "throttled": [("bottlenecks", "98f13708", "-n", "1")],
    "leak": [("stats", "--series", "context.size_bytes", "--step", "30m", "--from", "fixtures/leaking-cache/worker.log")],
}
"""What only a wide page can show."""
PART = re.compile(r"<!-- generated: ([\w-]+) -->\n(.*?)<!-- end -->", re.DOTALL)


def main() -> int:
    """0 where all parts are (or were made) as the program says; with --check 1 where one is not."""
    changed = [path for path in documents() if (text := path.read_text(encoding="utf-8")) != renewed(text)]
    if "--check" in sys.argv:
        for path in changed:
            print(f"{path.relative_to(ROOT)} is out of date: scripts/docs.py writes it anew")
        return int(bool(changed))
    for path in changed:
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def documents() -> list[Path]:
    """The files that may have generated parts."""
    stories = sorted((ROOT / "fixtures").glob("*/about.md"))
    return [ROOT / "README.md", *sorted((ROOT / "logtrace" / "help").glob("*.md")), *stories]


def renewed(text: str) -> str:
    """A document with its generated parts as they should be."""
    return PART.sub(lambda part: f"<!-- generated: {part[1]} -->\n{PARTS[part[1]]()}<!-- end -->", text)


def verbs() -> str:
    """Questions and verbs as a Markdown table."""
    rows = ["| question | command | what it does |", "|---|---|---|"]
    for question, group in by_question().items():
        rows += [f"| {question if verb is group[0] else ''} | `logtrace {verb.name}` | {verb.does} |" for verb in group]
    return _lines(rows)


def pages() -> str:
    """The topics of `logtrace help` as links."""
    return _lines([f"- [`logtrace help {name}`](logtrace/help/{name}.md): {title}" for name, title in topics().items()])


def commands() -> str:
    """The help texts of all verbs."""
    context = click.Context(logtrace, info_name=logtrace.name, terminal_width=HELP_WIDTH)
    return "\n".join(f"## logtrace {verb.name}\n\n{_indented(_help(context, verb.name))}" for verb in VERBS)


def _help(context: click.Context, name: str) -> str:
    command = logtrace.get_command(context, name)
    assert command is not None
    settings = {**(logtrace.context_settings or {}), "terminal_width": HELP_WIDTH}
    return command.get_help(click.Context(command, parent=context, info_name=name, **settings))


def exit_codes() -> str:
    """Codes with what they mean, from the error tree."""
    tree: dict[int, list[type[errors.LogtraceError]]] = {}
    for error in (*errors.LogtraceError.__subclasses__(), errors.LogtraceError):
        tree.setdefault(error.exit_code, []).append(error)
    told = {code: " ".join(_first_line(error) for error in found) for code, found in tree.items()}
    told |= {
        1: "grep alone: no line was found.",
        10: "There are findings: of check, lint, doctor or push --verify, or secrets that redact found.",
    }
    told |= {0: "It worked. A closed pipe is no error.", 9: "Any other trouble.", 130: "Interrupted with Ctrl-C."}
    return _definitions([(str(code), told[code]) for code in sorted(told)])


def formats() -> str:
    """The log libraries whose conventions are known."""
    return _definitions([(member.name, member.about) for member in FORMATS])


def redaction_rules() -> str:
    """The names of the rules by which lines are redacted."""
    return "\n" + _indented("\n".join(textwrap.wrap(", ".join(rule_names()), HELP_WIDTH))) + "\n"


def checks() -> str:
    """The checks of lint."""
    return _definitions([(check.name, f"{check.about} ({check.level})") for check in CHECKS])


def texts() -> str:
    """The loggers that write text."""
    return _definitions([(member.NAME, member.ABOUT) for member in TEXTS])


def envelopes() -> str:
    """The wrappers that are taken off."""
    return _definitions([(envelope.name, fit(clean(envelope.example), EXAMPLE_CELLS)) for envelope in ENVELOPES])


def format_names() -> str:
    """The log libraries whose conventions are known, by name."""
    return _names([member.name for member in FORMATS])


def envelope_names() -> str:
    """The wrappers that are taken off, by name."""
    return _names([envelope.name for envelope in ENVELOPES])


def _names(names: list[str]) -> str:
    text = ", ".join(names)
    return _lines(textwrap.wrap(text, EXAMPLE_WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False))


def views() -> str:
    """The public views and their columns."""
    database = sqlite3.connect(":memory:")
    database.executescript(SCHEMA)
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY rowid")]
    columns = {name: [row[1] for row in database.execute(f"PRAGMA table_info({name})")] for name in names}
    database.close()
    return _definitions([(name, ", ".join(columns[name])) for name in names])


def example() -> str:
    """What a call really prints."""
    return f"```console\n{_session([EXAMPLE], EXAMPLE_WIDTH)}```\n"


def incident() -> str:
    """The lost message beside the one that arrived."""
    return f"```console\n{_session(INCIDENTS['lost'][1:2], EXAMPLE_WIDTH)}```\n"


def leak() -> str:
    """What is different from an hour ago, where memory leaks."""
    return f"```console\n{_session(INCIDENTS['leak'], EXAMPLE_WIDTH)}```\n"


def page_of_incident(name: str) -> str:
    """The commands of an incident and what they print, indented, so that it reads well in a terminal too."""
    return "\n" + textwrap.indent(_session(INCIDENTS[name], HELP_WIDTH), "    ") + "\n"


def story_of_incident(name: str) -> str:
    """The same for the story among the fixtures, where lines may be longer."""
    return f"```console\n{_session([*INCIDENTS[name], *MORE.get(name, [])], STORY_WIDTH)}```\n"


def _session(commands: Sequence[tuple[str, ...]], width: int) -> str:
    printed = [f"$ logtrace {' '.join(map(_quoted, command))}\n{_printed(command, width)}" for command in commands]
    return "\n".join(printed)


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


def _printed(command: tuple[str, ...], width: int) -> str:
    """The output of a call in the fixtures' store, without blanks at line ends."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LOGTRACE_")}
    environment |= {"COLUMNS": str(width), "NO_COLOR": "1", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    environment["LOGTRACE_STORE"] = str(_store())
    done = subprocess.run(
        [sys.executable, "-m", "logtrace", *command], capture_output=True, encoding="utf-8", cwd=ROOT, env=environment, check=True
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


@cache
def _store() -> Path:
    """A store of all stories, for as long as this process runs."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    api.ingest([str(path) for path in sorted((ROOT / "fixtures").glob("*/logs"))], folder / "stories.db")
    return folder / "stories.db"


def exports() -> str:
    """The formats of export, and what each carries."""
    read = {True: " Read by import.", False: ""}
    return _definitions([(name, f"{form.about}. Carries {form.carries}.{read[form.read]}") for name, form in EXPORTS.items()])


def imports() -> str:
    """The formats of import."""
    return _definitions([(each.name, each.about) for each in IMPORTS])


PARTS: dict[str, Callable[[], str]] = {
    **{f"page-{name}": partial(page_of_incident, name) for name in INCIDENTS},
    **{f"story-{name}": partial(story_of_incident, name) for name in INCIDENTS},
    "commands": commands,
    "envelope-names": envelope_names,
    "envelopes": envelopes,
    "example": example,
    "exit-codes": exit_codes,
    "exports": exports,
    "imports": imports,
    "redaction-rules": redaction_rules,
    "checks": checks,
    "format-names": format_names,
    "formats": formats,
    "incident": incident,
    "leak": leak,
    "pages": pages,
    "texts": texts,
    "verbs": verbs,
    "views": views,
}


def _first_line(error: type[errors.LogtraceError]) -> str:
    return (error.__doc__ or "").partition("\n")[0]


def _definitions(pairs: list[tuple[str, str]]) -> str:
    """Names and what they mean, as a block that reads well both in Markdown and in a terminal."""
    width = max(len(name) for name, _ in pairs) + 3
    return _lines([line for name, text in pairs for line in _definition(name, text, width)])


def _definition(name: str, text: str, width: int) -> Iterator[str]:
    hanging = " " * (4 + width)
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"    {name:<{width}}",
        subsequent_indent=hanging,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _indented(text: str) -> str:
    return textwrap.indent(text, "    ") + "\n"


def _lines(rows: list[str]) -> str:
    return "\n".join(["", *rows, "", ""])


if __name__ == "__main__":
    sys.exit(main())
