"""`logtrace completion`: the Tab key."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from logtrace.cli.group import PROGRAM
from logtrace.cli.options import talking

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@talking
def command(shell: str) -> None:
    """A script that completes verbs, options, and ids, services and operations of the store.

    \b
    bash   logtrace completion bash >> ~/.bashrc
    zsh    logtrace completion zsh >> ~/.zshrc
    fish   logtrace completion fish > ~/.config/fish/completions/logtrace.fish
    """
    known = get_completion_class(shell)
    assert known is not None
    root = click.get_current_context().find_root().command
    # the base class's source: that of bash also looks for a bash to ask for its version
    click.echo(ShellComplete.source(known(root, {}, PROGRAM, "_LOGTRACE_COMPLETE")))
