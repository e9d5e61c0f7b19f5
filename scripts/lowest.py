"""Tells which lower bounds of pyproject.toml are not what is installed: what nobody tries is no bound. Ends with 1 where some
are not. What is not installed at all (an extra that was left out) is not judged. Started by scripts/supply lowest."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_BOUND = re.compile(r"([\w.-]+)(?:\[[^]]*\])?\s*>=\s*([\d.]+)")


def bounds(project: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, lower bound) of all that a project asks for."""
    extras = project.get("optional-dependencies", {}).values()
    for wanted in dict.fromkeys([*project["dependencies"], *(each for extra in extras for each in extra)]):
        if found := _BOUND.match(wanted):
            yield found[1], found[2]


def is_tried(bound: str, installed: str) -> bool:
    """Whether a version is the bound itself: 2 and 2.0.0 are one."""
    return _numbers(bound) == _numbers(installed)


def _numbers(text: str) -> list[str]:
    return re.sub(r"(\.0)+$", "", text).split(".")


def main() -> int:
    """0 where all bounds are installed."""
    with (Path(__file__).parent.parent / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    untried = []
    for name, bound in bounds(project):
        try:
            installed = version(name)
        except PackageNotFoundError:
            continue
        if not is_tried(bound, installed):
            untried.append(f"{name}>={bound} is not tried: {installed} is what others allow at least")
    print("\n".join(untried or ["each lower bound is what is installed"]))
    return int(bool(untried))


if __name__ == "__main__":
    sys.exit(main())
