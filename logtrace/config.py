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

    [correlate.metrics]                     # what is asked of Prometheus
    "queue depth" = 'max(queue_depth{service="$service"} @ $at)'

    [redaction]
    keys = ["customer.iban"]                # further keys whose values are secrets

    [formats.billing]                       # a log dialect of one's own, see Format
    trace = "vorgang"

Each key (and each format) comes from the first file that has it: the one that --config or LOGTRACE_CONFIG names,
logtrace.toml in the working directory or the nearest folder above that has one, $XDG_CONFIG_HOME/logtrace/logtrace.toml,
/etc/logtrace.toml. Variables of the environment win over files, flags over both.

A logtrace.toml that is merely found where somebody works may be anybody's: no key here is a command to run or an address to
call.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from logtrace.errors import ConfigError, UsageError
from logtrace.sections import CHECKED as _CHECKED
from logtrace.sections import Check, Preservation, PreservationRule, Redaction, names_trouble, no_pattern, rules_trouble
from logtrace.units import unit_ns

if TYPE_CHECKING:
    from pydantic import TypeAdapter

VARIABLES = ("store", "input_tz", "default_service", "tz")
"""Keys that LOGTRACE_<KEY> sets as well."""


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
class Correlate:
    """[correlate]: templates of queries for other systems, see traces.correlate; None leaves it to the program, "" leaves a
    system out. metrics: what is asked of Prometheus, by name. The address to ask is never taken from here."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _CHECKED

    loki: str | None = None
    cloudwatch: str | None = None
    metrics: dict[str, str] | None = None


Unit = Literal["ns", "us", "ms", "s", "m", "h"]
TimeUnit = Literal["ns", "us", "ms", "s", "m", "h", "ticks", "filetime", "s+ns", "s+us", "s+ms"]


@dataclass(frozen=True)
class Format:
    """[formats.NAME]: a log dialect of one's own. Keys may lead into objects and lists: `ctx.ids.0`.

    match           what a line must have, each a key or key=value; else the key of `trace`
    separator, columns   for lines of text: what parts their columns, and the key for each ("" where it has none)
    pattern         for other text: an RE2 pattern from the beginning of a line, whose named groups are keys
    text            the key of objects whose text the pattern is for, instead of lines: a group X of it is TEXT.X
    trace … status  the key that holds each; of `time` also several, put together with a space
    service_name    the service, where no key tells it
    time_format     of times as text, as for datetime.strptime; time_unit of numbers (`ticks` are .NET's, `filetime` is that of
                    Windows); else they are read as any time is
    time_is         whether a line's time is the start or the end of what it tells
    duration_unit   of numbers, or so many of a unit (`100ns`); a text with its unit needs none
    starts, ends    values of `phase` on lines that begin or end a span
    success         a key that is false where something failed
    roots           values of `parent` that mean there is none; `{trace}` is the id of the trace
    levels          words of `level` that are not English: { FEHLER = "error" }
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _CHECKED

    match: list[str] = field(default_factory=list)
    separator: str = ""
    columns: list[str] = field(default_factory=list)
    pattern: str = ""
    text: str = ""
    trace: str = ""
    span: str = ""
    parent: str = ""
    time: str | list[str] = ""
    start: str = ""
    end: str = ""
    duration: str = ""
    service: str = ""
    operation: str = ""
    message: str = ""
    level: str = ""
    kind: str = ""
    phase: str = ""
    error: str = ""
    success: str = ""
    status: str = ""
    service_name: str = ""
    time_format: str = ""
    time_unit: TimeUnit | None = None
    time_is: Literal["start", "end"] | None = None
    duration_unit: str | None = None
    starts: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    levels: dict[str, str] = field(default_factory=dict)

    def trouble(self) -> tuple[str, str] | None:
        """(key, what is wrong) where keys do not go together; None where all is well."""
        if bool(self.separator) != bool(self.columns):
            return ("separator", "columns are missing") if self.separator else ("columns", "a separator is missing")
        if self.text and not self.pattern:
            return "text", "a pattern for it is missing"
        if self.pattern and (wrong := self._wrong_pattern()):
            return "pattern", wrong
        if not self.match and not self.trace:
            return "match", "it says neither what a line must have (match) nor where its trace id is (trace)"
        if self.duration_unit is not None and unit_ns(self.duration_unit) is None:
            return "duration_unit", f"{self.duration_unit!r} is none of {', '.join(get_args(Unit))}, nor so many of one, as 100ns"
        if self.time_format and not _is_time_format(self.time_format):
            return "time_format", f"{self.time_format!r} can't be read by datetime.strptime"
        return None

    def _wrong_pattern(self) -> str:
        if self.separator:
            return "a format has columns or a pattern, not both"
        if wrong := no_pattern(self.pattern):
            return wrong
        return "" if "(?P<" in self.pattern or "(?<" in self.pattern else "it has no named group, (?P<KEY>...)"


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
    correlate: Correlate = field(default_factory=Correlate)
    ingest: Ingest = field(default_factory=Ingest)
    redaction: Redaction = field(default_factory=Redaction)
    checks: list[Check] = field(default_factory=list)
    preservation_rules: list[PreservationRule] = field(default_factory=list)
    preservation: Preservation = field(default_factory=Preservation)
    formats: dict[str, Format] = field(default_factory=dict)

    def formats_text(self) -> str:
        """The formats as JSON, a list of what each says beside its "name"; "" where there is none."""
        said = [{"name": name, **_said(found)} for name, found in sorted(self.formats.items())]
        return json.dumps(said, ensure_ascii=False) if said else ""


def _said(found: Format) -> dict[str, Any]:
    """The values of a format that are not left out."""
    return {each.name: value for each in fields(found) if (value := getattr(found, each.name))}


def _is_time_format(form: str) -> bool:
    try:
        now = datetime.now(UTC).strftime(form)
        datetime.strptime(now, form)  # noqa: DTZ007 - a test of the form alone
    except ValueError:
        return False
    return now != form


_named: ContextVar[str] = ContextVar("named", default="")


def use(path: str) -> None:
    """Has `load` begin with this file in the current context, before all others. It has to be there."""
    _named.set(path)


def named() -> str:
    """The file that `use` was told of; "" for none."""
    return _named.get()


def load(paths: Iterable[Path] | None = None) -> Config:
    """The configuration of the environment and of the files that exist among `paths` (None: the usual places).

    Raises ConfigError with file, line and key where a file is no TOML, has an unknown key or a wrong value.
    """
    found = _of_files([path for path in (usual_paths() if paths is None else paths) if is_there(path)])
    said: dict[str, Any] = {key: value for key in VARIABLES if (value := os.environ.get(f"LOGTRACE_{key.upper()}"))}
    for key in ("tz", "input_tz"):
        try:
            zone(said.get(key, "UTC"))
        except ValueError as error:
            raise ConfigError(f"LOGTRACE_{key.upper()}: {error}") from error
    return replace(found, **said)


def load_file(path: Path) -> Config:
    """The configuration of one file alone, such as one with rules. Raises ConfigError as `load` does."""
    if not path.is_file():
        raise ConfigError(f"there is no file {path}")
    return _of_files([path])


PARQUET = "parquet:"
"""What a store begins with that is Parquet."""


def store_place(flag: str | None = None) -> str | Path:
    """Where the store is: the flag, else LOGTRACE_STORE, else a configuration file, else the user's data directory. Text where
    it is Parquet (see PARQUET), which most verbs can read and none can write. Raises ConfigError where nothing says where."""
    named = flag or load().store
    if named and named.startswith(PARQUET):
        return named
    if named:
        return Path(os.path.expanduser(named))
    if folder := _home("XDG_DATA_HOME", ".local/share"):
        return folder / "logtrace.db"
    raise ConfigError("nobody knows where the home of this user is", "set HOME, or name the store with --store")


def store_path(flag: str | None = None) -> Path:
    """The same, for verbs that need a store of SQLite: Parquet raises UsageError."""
    place = store_place(flag)
    if isinstance(place, str):
        raise UsageError(
            f"{place} is only read", "name a store of SQLite with --store; what reads Parquet: logtrace help parquet"
        )
    return place


def is_there(path: Path) -> bool:
    """Whether there is a file. Raises ConfigError where that may not even be asked."""
    try:
        return path.is_file()
    except OSError as error:
        raise ConfigError(
            f"{path} can't be looked for: {(error.strerror or str(error)).lower()}", "HOME and XDG_CONFIG_HOME say where it is"
        ) from error


def usual_paths() -> list[Path]:
    """Where configuration files are looked for, strongest first. A file that LOGTRACE_CONFIG names has to be there."""
    folders = filter(None, (_home("XDG_CONFIG_HOME", ".config"), Path("/etc")))
    paths = [_nearest(), *(folder / "logtrace.toml" for folder in folders)]
    named = _named.get() or os.environ.get("LOGTRACE_CONFIG")
    if not named:
        return paths
    if not Path(named).is_file():
        raise ConfigError(f"there is no file {named}", f"{'--config' if _named.get() else 'LOGTRACE_CONFIG'} names it")
    return [Path(named), *paths]


def _nearest() -> Path:
    """logtrace.toml in the working directory, or in the nearest folder above it that has one."""
    here = Path("logtrace.toml")
    try:
        above = (folder / here for folder in Path.cwd().parents)
    except FileNotFoundError:  # somebody removed it
        return here
    return here if here.is_file() else next((path for path in above if path.is_file()), here)


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
    merged: dict[str, Any] = {}
    for table in map(_read, reversed(paths)):
        merged |= {**table, "formats": {**merged.get("formats", {}), **table.get("formats", {})}}
    return _adapter().validate_python(merged)


@cache
def _adapter() -> TypeAdapter[Config]:
    from pydantic import TypeAdapter  # what it takes to make one is more than all the rest of reading a file

    return TypeAdapter(Config)


def _home(variable: str, fallback: str) -> Path | None:
    """logtrace's folder under an XDG base directory; a relative base does not count, says the XDG specification. None where
    the home of a user is needed that has none: that of a container may be a mere number."""
    base, home = os.environ.get(variable, ""), os.path.expanduser("~")
    if base.startswith("/"):
        return Path(base, "logtrace")
    return Path(home, fallback, "logtrace") if home.startswith("/") else None


def _read(path: Path) -> dict[str, Any]:
    """The checked table of one file, with the store's path made absolute."""
    import tomllib

    from pydantic import ValidationError

    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from error
    try:
        checked = _adapter().validate_python(table)
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(path, text, [str(key) for key in first["loc"]], first["msg"]) from error
    for key in ("tz", "input_tz"):
        _check_zone(path, text, table, key)
    tables = [(["formats", name], found.trouble()) for name, found in checked.formats.items()]
    tables += [(["redaction"], checked.redaction.trouble()), (["preservation"], checked.preservation.trouble())]
    tables += [(["preservation_rules"], rules_trouble(checked.preservation_rules))]
    tables += [(["checks"], names_trouble(each.name for each in checked.checks))]
    for keys, trouble in tables:
        if trouble:
            raise _wrong(path, text, [*keys, trouble[0]], trouble[1])
    if "store" in table:
        table["store"] = str(path.absolute().parent / os.path.expanduser(table["store"]))
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
    """The line, from 1, that gives a key its value or opens its table; that of its table, or the first line, where it
    can't be told."""
    begin = 0
    if len(keys) > 1 and (table := re.search(rf"^[ \t]*\[{_dotted(keys[:-1])}\]", text, re.MULTILINE)):
        begin = table.start()
    key = re.escape(keys[-1]) if keys else r"\b\B"
    own = rf"(?:[\w.]+\.)?{key}[ \t]*=|\[{key}\]|\[{_dotted(keys)}\]"
    found = re.compile(rf"^[ \t]*(?:{own})", re.MULTILINE).search(text, begin)
    return text.count("\n", 0, found.start() if found else begin) + 1


def _dotted(keys: list[str]) -> str:
    """The pattern of a table's name; parts may be quoted."""
    return r"\.".join(rf"""["']?{re.escape(key)}["']?""" for key in keys)
