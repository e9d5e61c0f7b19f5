"""What `check` and `lint` found, for people and for the systems that run them: one format a file, a line in FORMATS each."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from logtrace.analysis.verdicts import Report

FORMATS = ("json", "junit", "sarif", "github", "markdown")
"""The formats beside the terminal's; each is a module of this package with `text(report) -> str`."""


def text_of(report: Report, form: str) -> str:
    """A report in one of FORMATS, with a line end at its end."""
    text: Callable[[Report], str] = import_module(f"{__name__}.{form}").text
    return text(report)
