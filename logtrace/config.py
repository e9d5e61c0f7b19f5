"""Configuration: what is said once, in a file, instead of with each command.

    store = "/srv/logtrace/logtrace.db"     # relative paths start at the file
    shared = true                           # its group may read and write it
    input_tz = "Europe/Berlin"              # of times in logs that name no zone
    default_service = "gateway"             # of lines whose service nothing else tells
    tz = "UTC"                              # times are shown in it

    [ingest]
    trace_key = "request_id"                # groups lines by this key, before any trace id

    [show]
    attributes = ["error.*", "db.statement"]

Each key comes from the first file that has it: the one LOGTRACE_CONFIG names, ./logtrace.toml,
$XDG_CONFIG_HOME/logtrace/logtrace.toml, /etc/logtrace.toml. Variables of the environment win over files, flags over both.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, ClassVar

from logtrace.errors import ConfigError

VARIABLES = ("store", "input_tz", "default_service", "tz")
"""Keys that LOGTRACE_<KEY> sets as well."""

_CHECKED = {"extra": "forbid"}


@dataclass(frozen=True)
class Show:
    """[show]: attributes are patterns (`*`, `?`) of keys shown under a span; None leaves it to the view."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _CHECKED

    attributes: list[str] | None = None


@dataclass(frozen=True)
class Ingest:
    """[ingest]: trace_key is the key whose values group lines, before any trace id; "" for trace ids alone."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _CHECKED

    trace_key: str = ""


@dataclass(frozen=True)
class Config:
    """What the files say. `store` is "" where none names one; zones are IANA names."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _CHECKED

    store: str = ""
    shared: bool = False
    input_tz: str = "UTC"
    default_service: str = ""
    tz: str = "UTC"
    show: Show = field(default_factory=Show)
    ingest: Ingest = field(default_factory=Ingest)


def load(paths: Iterable[Path] | None = None) -> Config:
    """The configuration of the environment and of the files that exist among `paths` (None: the usual places).

    Raises ConfigError with file, line and key where a file is no TOML, has an unknown key or a wrong value.
    """
    found = _of_files([path for path in (usual_paths() if paths is None else paths) if path.is_file()])
    said: dict[str, Any] = {key: value for key in VARIABLES if (value := os.environ.get(f"LOGTRACE_{key.upper()}"))}
    for key in ("tz", "input_tz"):
        try:
            zone(said.get(key, "UTC"))
        except ValueError as error:
            raise ConfigError(f"LOGTRACE_{key.upper()}: {error}") from error
    return replace(found, **said)


def store_path(flag: str | None = None) -> Path:
    """Where the store is: the flag, else LOGTRACE_STORE, else a configuration file, else the user's data directory."""
    named = flag or load().store
    return Path(named).expanduser() if named else _home("XDG_DATA_HOME", ".local/share") / "logtrace.db"


def usual_paths() -> list[Path]:
    """Where configuration files are looked for, strongest first. A file that LOGTRACE_CONFIG names has to be there."""
    paths = [Path("logtrace.toml"), _home("XDG_CONFIG_HOME", ".config") / "logtrace.toml", Path("/etc/logtrace.toml")]
    named = os.environ.get("LOGTRACE_CONFIG")
    if not named:
        return paths
    if not Path(named).is_file():
        raise ConfigError(f"there is no file {named}", "LOGTRACE_CONFIG names it")
    return [Path(named), *paths]


def zone(name: str) -> tzinfo:
    """The zone of an IANA name. Raises ValueError where there is none."""
    if name.upper() in ("UTC", "Z"):
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone known here: take an IANA name such as UTC or Europe/Berlin") from error


def _of_files(paths: list[Path]) -> Config:
    if not paths:
        return Config()
    from pydantic import TypeAdapter

    merged: dict[str, Any] = {}
    for table in map(_read, reversed(paths)):
        merged |= table
    return TypeAdapter(Config).validate_python(merged)


def _home(variable: str, fallback: str) -> Path:
    """logtrace's folder under an XDG base directory; a relative base does not count, says the XDG specification."""
    base = os.environ.get(variable, "")
    return (Path(base) if base.startswith("/") else Path.home() / fallback) / "logtrace"


def _read(path: Path) -> dict[str, Any]:
    """The checked table of one file, with the store's path made absolute."""
    import tomllib

    from pydantic import TypeAdapter, ValidationError

    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from error
    try:
        TypeAdapter(Config).validate_python(table)
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(path, text, [str(key) for key in first["loc"]], first["msg"]) from error
    for key in ("tz", "input_tz"):
        _check_zone(path, text, table, key)
    if "store" in table:
        table["store"] = str(path.absolute().parent / Path(table["store"]).expanduser())
    return table


def _check_zone(path: Path, text: str, table: Mapping[str, Any], key: str) -> None:
    try:
        zone(table.get(key, "UTC"))
    except ValueError as error:
        raise _wrong(path, text, [key], str(error)) from error


def _wrong(path: Path, text: str, keys: list[str], reason: str) -> ConfigError:
    names = [key for key in keys if not key.isdigit()]
    reason = "there is no such key" if reason.startswith("Unexpected keyword") else reason
    return ConfigError(f"{path}:{_line_of(text, names)}: {'.'.join(names)}: {reason}", "logtrace help config shows all keys")


def _line_of(text: str, keys: list[str]) -> int:
    """The line, from 1, that gives a key its value or opens its table; the first line where it can't be told."""
    key = re.escape(keys[-1]) if keys else r"\b\B"
    found = re.search(rf"^[ \t]*(?:(?:[\w.]+\.)?{key}[ \t]*=|\[{key}\])", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1
