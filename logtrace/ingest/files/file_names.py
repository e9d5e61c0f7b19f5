"""What the name of a log file tells of what is in it."""

from __future__ import annotations

import os
import re

from logtrace.patterns import lazy_pattern

_STDIN = "-"
_SUFFIXES = lazy_pattern(
    r"(\.(gz|zst|bz2|xz)|\.\d+|[.-]\d{4}-?\d\d-?\d\d([-T_]\d{6})?|\.(log|jsonl?|ndjson|txt|out|err))$", re.IGNORECASE
)
_CONTAINER_ID = lazy_pattern(r"[0-9a-f]{64}")
_OF_CONTAINER = lazy_pattern(r"[a-z0-9.-]+_[a-z0-9-]+_([a-z0-9-]+)-[0-9a-f]{64}", re.ASCII)
"""Names in /var/log/containers: POD_NAMESPACE_CONTAINER-ID."""


def service_of(path: str) -> str:
    """The service that a file's name tells: `edge-mcp` for edge-mcp.log, edge-mcp.log.1.gz, edge-mcp-2024-01-10.log.

    A file of a Kubernetes node is named by its count of restarts; its folder has the container's name. A docker file
    is named by the container's id, which tells no service.
    """
    if path == _STDIN:
        return ""
    name = os.path.basename(path)
    while shorter := _SUFFIXES.sub("", name):
        if shorter == name:
            break
        name = shorter
    name = name.removesuffix("-json")
    if found := _OF_CONTAINER.fullmatch(name):
        return found[1]
    if name.isdecimal():
        return os.path.basename(os.path.dirname(os.path.abspath(path)))
    return "" if _CONTAINER_ID.fullmatch(name) else name


def same_family(a: str, b: str) -> bool:
    """Whether two paths are one log and its rotated copies by name: app.log, app.log.1, app.log.2.gz."""
    return service_of(a) == service_of(b)
