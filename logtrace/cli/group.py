"""The root command: it knows the verbs by name and loads the one that is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import click

from logtrace.cli.verbs import VERBS, by_question
from logtrace.errors import UsageError

PROGRAM = "logtrace"
WORDS = "logtrace.words"
"""Under this key a context's `meta` has the words of the call after the verb, as they were typed."""
WIDTH = 80
EPILOG = """\b
Two commands to begin with:
  logtrace ingest /var/log/mcp
  logtrace show @slowest
"""


@dataclass
class State:
    """What a call means for whoever catches its errors. stores: those that it asked for."""

    debug: bool = False
    stores: list[Path] = field(default_factory=list)


class LazyGroup(click.Group):
    """Verbs from the table, listed by the question they answer."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [verb.name for verb in VERBS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"logtrace.cli.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if not ctx.resilient_parsing and args[0] not in self.list_commands(ctx):
            from difflib import get_close_matches  # only what is not found needs it

            near = get_close_matches(args[0], self.list_commands(ctx), 1)
            guess = f"did you mean {near[0]}? " if near else "to open a trace: logtrace show ID. "
            raise UsageError(f"there is no command {args[0]!r}", f"{guess}logtrace --help lists the commands")
        ctx.meta[WORDS] = args[1:]
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Questions and verbs before the options: they are what a reader looks for."""
        width = max(len(verb.name) for verb in VERBS)
        for question, verbs in by_question().items():
            formatter.write_paragraph()
            formatter.write_text(question)
            with formatter.indentation():
                formatter.write_dl([(verb.name.ljust(width), verb.does) for verb in verbs])
        click.Command.format_options(self, ctx, formatter)


def _print_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from logtrace import __version__

        click.echo(f"{PROGRAM} {__version__}")
        ctx.exit()


@click.group(
    PROGRAM,
    cls=LazyGroup,
    epilog=EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version.")
@click.pass_context
def logtrace(ctx: click.Context) -> None:
    """Distributed traces from structured logs alone: no collector, no Jaeger.

    Point it at log files and see a request as a tree with a waterfall.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
