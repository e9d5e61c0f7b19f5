"""Options that contradict one another: none is left out in silence."""

from __future__ import annotations

import click
from click.core import ParameterSource

from logtrace.errors import UsageError


def refuse_together(*names: str) -> None:
    """Raises UsageError where two of these parameters stand on the command line of this call. What the environment says
    gives way without a word."""
    context = click.get_current_context()
    given = [
        _shown(param)
        for param in context.command.params
        if param.name in names and context.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
    ]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} do not go together", "take one of them")


def _shown(param: click.Parameter) -> str:
    return param.opts[-1] if isinstance(param, click.Option) else (param.human_readable_name.strip("[].").upper())
