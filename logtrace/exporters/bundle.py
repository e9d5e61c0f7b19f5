"""The modules of the page as one script, so that a file opened from disk needs no other.

    import { a, b } from "./x.js";   →   const { a, b } = modules.x;
    export function c …              →   function c …        and at its end:  return { c };

Only these two forms occur in the page; anything else is refused.
"""

from __future__ import annotations

import re
from pathlib import Path

from logtrace.patterns import lazy_pattern

FOLDER = Path(__file__).parent.parent / "server" / "page"

_IMPORT = lazy_pattern(r'^import \{ ([\w, ]+) \} from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = lazy_pattern(r"^export ((?:async )?function|class|const) (.*)$", re.MULTILINE)
_NAME = lazy_pattern(r"\w+")
_CONST = lazy_pattern(r"(\w+) =")


def script(entry: str) -> str:
    """One script of a module and all that it needs, each in a scope of its own; it ends with the names of the entry."""
    done: list[str] = []
    parts: list[str] = []
    _add(entry, done, parts, ())
    return "\n".join(["const modules = {};", *parts])


def _add(name: str, done: list[str], parts: list[str], above: tuple[str, ...]) -> None:
    if name in above:
        raise ValueError(f"{name}.js needs itself, by way of {', '.join(above)}")
    if name in done:
        return
    text = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
    for _, needed in _IMPORT.findall(text):
        _add(needed, done, parts, (*above, name))
    done.append(name)
    parts.append(_scoped(name, text))


def _scoped(name: str, text: str) -> str:
    names = [each for kind, rest in _EXPORT.findall(text) for each in _exported(kind, rest)]
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(r"const { \1 } = modules.\2;", text))
    if left := re.search(r"^(?:import|export)\b.*$", body, re.MULTILINE):
        raise ValueError(f"{name}.js: {left[0]}")
    return f"modules.{name} = (() => {{\n{body}\nreturn {{ {', '.join(names)} }};\n}})();"


def _exported(kind: str, rest: str) -> list[str]:
    if kind == "const":
        return _CONST.findall(rest)
    found = _NAME.search(rest)
    return [found[0]] if found else []
