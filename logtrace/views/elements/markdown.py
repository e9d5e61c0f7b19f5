"""Markdown for chats and tickets: text as it is in fenced blocks, where nothing in it can end the block or call people."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType

from logtrace.patterns import lazy_pattern

WIDTH = 100
_BREAK = "\u200b"
_MENTION = lazy_pattern(r"@(?=[\w<])|<(?=[!@#&/])")
_FENCE = lazy_pattern(r"`{2,}|~{2,}")


def fenced(lines: Iterable[str]) -> list[str]:
    """The lines, clean, as a fenced block of plain text."""
    return ["```text", *(defused(line.rstrip()) for line in lines), "```"]


def defused(text: str) -> str:
    """Clean text in which no chat sees a mention or the end of a block: a zero-width space parts `@here`, `<!channel>`
    and runs of backticks or tildes, so that they read the same and mean nothing."""
    apart = _MENTION.sub(lambda match: match[0] + _BREAK, text)
    return _FENCE.sub(lambda match: _BREAK.join(match[0]), apart)


def code(text: str) -> str:
    """Clean text on one line as inline code; a backtick in it becomes an apostrophe."""
    return f"`{defused(text.replace('`', chr(39)))}`" if text else "`(none)`"


def plain_lines(view: RenderableType, width: int = WIDTH) -> list[str]:
    """The lines of a renderable without colours."""
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, markup=False, highlight=False, emoji=False, legacy_windows=False)
    console.print(view)
    return [line.rstrip() for line in out.getvalue().splitlines()]
