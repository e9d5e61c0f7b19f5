"""Command lines to try, found from the commands themselves: every verb, every option, every value, every hostile text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import click

from logtrace.cli.group import logtrace
from logtrace.cli.verbs import VERBS
from ordeals import hostile
from ordeals.hostile import PAYLOADS

LOGS, OUT = "logs", "out"
_ENDLESS = {"serve", "watch"}
_TIMELESS = {"--follow", "--open"}
_LEFT_OUT = {"--store", "--config", "--token", "--debug"}
"""Whoever gives these means what they do: another store, a traceback."""
_ROOM_FOR_WRITING = {"--output", "--record"}
_VALUES = {
    "TIME": "2024-01-10T14:30Z",
    "DURATION": "1s",
    "ZONE": "Europe/Berlin",
    "KEY": "user.id",
    "KEY=VALUE": "a=b",
    "ID": hostile.hex_id(3),
    "T1..T2": "2024-01-10T14:00Z..2024-01-10T15:00Z",
    "T3..T4": "2024-01-10T14:30Z..2024-01-10T16:00Z",
    "PATH...": LOGS,
    "FILE|DIR": LOGS,
    "EXPRESSION": "error = true",
    "RULE": "orphans = 0",
    "URL": "http://127.0.0.1:1",
}
"""A value that goes, by what the help calls it."""
_BY_NAME = {
    "query": "SELECT * FROM spans",
    "trace_id": "@error",
    "good": "@slowest",
    "bad": "@error",
    "subject": "@error",
    "expression": "error = true",
    "pattern": "a",
    "paths": LOGS,
    "files": LOGS,
    "margin": "5m",
    "tolerance": "30%",
}
"""By its own name."""


class Call(NamedTuple):
    """A command line to try. endless: it goes on until it is told to stop."""

    words: tuple[str, ...]
    endless: bool = False


TEXTS = tuple(payload.replace("\ud800", "\udcff").replace("\udfff", "\udc80") for payload in PAYLOADS if "\0" not in payload)
"""The payloads that a shell can hand over: bytes that are no text are, NUL is not."""


def calls() -> Iterator[Call]:
    """Every verb: bare, with each option and each of its values, with every payload in every text it takes."""
    for verb in VERBS:
        command = logtrace.get_command(click.Context(logtrace), verb.name)
        assert command is not None
        arguments = [each for each in command.params if isinstance(each, click.Argument)]
        options = [each for each in command.params if isinstance(each, click.Option)]
        needed = tuple(value for each in arguments if each.required for value in _value(each))
        for words in _words(verb.name, needed, arguments, options):
            yield Call(words, verb.name in _ENDLESS or not _TIMELESS.isdisjoint(words))


def _words(
    verb: str, needed: tuple[str, ...], arguments: list[click.Argument], options: list[click.Option]
) -> Iterator[tuple[str, ...]]:
    yield (verb, *needed)
    yield (verb, *(value for each in arguments for value in _value(each)))
    if any("--json" in option.opts for option in options):
        yield (verb, *needed, "--json")
    if any(each.name == "trace_id" for each in arguments):
        for number in range(len(PAYLOADS)):
            yield (verb, hostile.hex_id(number))
    for option in options:
        for values in _values(option):
            yield (verb, *needed, *values)
    for number, argument in enumerate(arguments):
        before = tuple(value for each in arguments[:number] for value in _value(each))
        after = tuple(value for each in arguments[number + 1 :] if each.required for value in _value(each))
        if not isinstance(argument.type, click.Choice):
            for payload in TEXTS:
                yield (verb, *before, *after, "--", payload) if not after else (verb, *before, payload, *after)


def _value(param: click.Parameter) -> list[str]:
    """A value that a parameter takes; [] where none is needed."""
    if isinstance(param.type, click.Choice):
        return [str(param.type.choices[0])]
    if param.name in _BY_NAME:
        return [_BY_NAME[param.name]]
    if isinstance(param.type, click.IntRange | click.types.IntParamType):
        return ["1"]
    metavar = (param.metavar or "").strip("[]=.")
    return [_VALUES.get(param.metavar or "", _VALUES.get(metavar, "text"))]


def _values(option: click.Option) -> Iterator[tuple[str, ...]]:
    """The words with which an option is tried."""
    name = option.opts[-1]
    if name in _LEFT_OUT:
        return
    if option.is_flag:
        yield (name,)
        return
    if isinstance(option.type, click.Choice):
        yield from ((f"{name}={choice}",) for choice in option.type.choices)
        return
    if name in _ROOM_FOR_WRITING:
        yield from ((name, f"{OUT}{end}") for end in (".html", ".json", ".csv", ".txt", ".png", ".svg", ".xml"))
        return
    yield (f"{name}={_value(option)[0]}",)
    yield from ((f"{name}={payload}",) for payload in TEXTS)
