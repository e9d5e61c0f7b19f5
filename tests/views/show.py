"""Renderables as the plain lines a person sees."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType


def lines_of(renderable: RenderableType, width: int, colour: bool = False) -> list[str]:
    """The lines at a fixed width; without colour unless asked."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colour, color_system="256" if colour else None, legacy_windows=False)
    console.print(renderable)
    return out.getvalue().split("\n")[:-1]
