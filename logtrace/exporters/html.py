"""One trace as one HTML file, which needs no server and no internet."""

from __future__ import annotations

import html
from base64 import b64encode
from hashlib import sha256
from typing import Any

import orjson

from logtrace.exporters.bundle import FOLDER, script

_STYLES = ("base.css", "search.css", "trace.css")
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header class="top"></header>
<main id="view" tabindex="-1"></main>
<noscript>This file needs JavaScript. In a terminal: logtrace show.</noscript>
<script type="application/json" id="data">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def html_file(title: str, data: dict[str, Any]) -> bytes:
    """The file. data: trace, spans by id, lines, more_lines, errors, told; see page/shared.js. Text in it stays text: nothing
    in the JSON can end the element that holds it, and no script runs but the page's own."""
    style = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in _STYLES)
    program = f"{script('shared')}\nmodules.shared.shared();\n"
    policy = (
        f"default-src 'none'; script-src {_hash(program)}; style-src {_hash(style)}; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )
    page = _PAGE.format(policy=policy, title=html.escape(title), style=style, data=_inert(data), script=program)
    return page.encode("utf-8", "replace")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _inert(data: dict[str, Any]) -> str:
    """JSON in which no sign of HTML occurs."""
    text = orjson.dumps(data).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
