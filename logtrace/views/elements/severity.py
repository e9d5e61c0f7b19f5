"""Severity numbers as people read them, with their colours."""

from __future__ import annotations

from logtrace.views.elements import palette

_NAMES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_STYLES = {"WARN": palette.SLOW, "ERROR": palette.ERROR, "FATAL": palette.ERROR, "TRACE": palette.DIM, "DEBUG": palette.DIM}


def severity_name(number: int) -> str:
    """OTel's severity 1 to 24 as its word; "" for 0 and anything else."""
    return _NAMES[(number - 1) // 4] if 1 <= number <= 24 else ""


def severity_style(number: int) -> str:
    """The style of a severity; "" for the ordinary ones."""
    return _STYLES.get(severity_name(number), "")
