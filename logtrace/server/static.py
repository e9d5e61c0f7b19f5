"""The files of the page, read once: what is not among them can't be asked for."""

from __future__ import annotations

import html
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

FOLDER = Path(__file__).parent / "page"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


class File(NamedTuple):
    """What is sent of a file, and what tells whether a browser has it already."""

    body: bytes
    media_type: str
    tag: str


class Page:
    """The page under a root path ("" or /where/it/is)."""

    def __init__(self, root_path: str) -> None:
        self._files = {path.name: _read(path) for path in sorted(FOLDER.iterdir()) if path.suffix in _TYPES}
        text = (FOLDER / "index.html").read_text(encoding="utf-8")
        self._index = text.replace("{base}", html.escape(f"{root_path}/", quote=True)).encode()

    async def index(self, _: Request) -> Response:
        """The page itself, whatever its state: that is in the address."""
        return Response(self._index, media_type="text/html; charset=utf-8")

    async def file(self, request: Request) -> Response:
        """A style sheet, a script, a picture."""
        found = self._files.get(request.path_params["name"])
        if found is None:
            return PlainTextResponse("404 page not found\n", 404)
        headers = {"etag": found.tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == found.tag:
            return Response(status_code=304, headers=headers)
        return Response(found.body, media_type=found.media_type, headers=headers)


def _read(path: Path) -> File:
    body = path.read_bytes()
    return File(body, _TYPES[path.suffix], f'"{blake2b(body, digest_size=8).hexdigest()}"')
