"""`logtrace help`: the longer pages, which are Markdown files in the package."""

from __future__ import annotations

import re
from importlib import resources

import click

from logtrace.cli.group import PROGRAM
from logtrace.cli.options import paged, talking
from logtrace.cli.screen import Screen
from logtrace.errors import UsageError


@click.command("help")
@click.argument(
    "topic", required=False, shell_complete=lambda _ctx, _param, incomplete: [t for t in topics() if t.startswith(incomplete)]
)
@paged
@talking
@click.pass_context
def command(ctx: click.Context, topic: str | None, no_pager: bool) -> None:
    """A longer page, or the list of them; of a verb its --help."""
    text = page(topic) if topic in topics() else _of_verb(ctx, topic) if topic else contents()
    with Screen(pager=not no_pager).output() as out:
        out.write(text.rstrip("\n") + "\n")


def topics() -> dict[str, str]:
    """Topic → the title of its page, in the order of the alphabet."""
    names = sorted(file.name.removesuffix(".md") for file in _folder().iterdir() if file.name.endswith(".md"))
    return {name: page(name).partition("\n")[0].lstrip("# ") for name in names}


def page(topic: str) -> str:
    """The Markdown of a page, without the marks of its generated parts."""
    text = _folder().joinpath(f"{topic}.md").read_text(encoding="utf-8")
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"<!-- .* -->\n", "", text))


def contents() -> str:
    """The list of topics."""
    titles = topics()
    width = max(map(len, titles))
    return "\n".join(f"{PROGRAM} help {name.ljust(width)}   {title}" for name, title in titles.items())


def _folder() -> resources.abc.Traversable:
    return resources.files("logtrace").joinpath("help")


def _of_verb(ctx: click.Context, name: str) -> str:
    root = ctx.find_root()
    verb = root.command.get_command(root, name) if isinstance(root.command, click.Group) else None
    if verb is None:
        raise UsageError(f"there is no page {name!r}", f"there are: {', '.join(topics())}")
    return verb.get_help(click.Context(verb, parent=root, info_name=name))
