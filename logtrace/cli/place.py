"""Where the store of a call is. What a call asked for is remembered: a mistake may be the store's."""

from __future__ import annotations

from pathlib import Path

import click

from logtrace.cli.group import State


def store_place(flag: str | None) -> str | Path:
    """As config.store_place has it."""
    from logtrace import config

    place = config.store_place(flag)
    if isinstance(place, Path):
        _remember(place)
    return place


def store_path(flag: str | None) -> Path:
    """As config.store_path has it."""
    from logtrace import config

    path = config.store_path(flag)
    _remember(path)
    return path


def _remember(path: Path) -> None:
    click.get_current_context().ensure_object(State).stores.append(path)
