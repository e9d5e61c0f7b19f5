from __future__ import annotations

import os
from contextvars import copy_context
from pathlib import Path

import pytest

from logtrace import config
from logtrace.errors import ConfigError


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str, name: str = "logtrace.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_files_all_is_as_documented():
    assert config.load([]) == config.Config("", False, "UTC", "", "UTC", config.Show(None))


def test_all_keys(write):
    path = write(
        'store = "/srv/a.db"\nshared = true\ninput_tz = "Europe/Berlin"\ndefault_service = "gateway"\n'
        'tz = "Asia/Tokyo"\n[show]\nattributes = ["a.*"]\n'
    )
    assert config.load([path]) == config.Config("/srv/a.db", True, "Europe/Berlin", "gateway", "Asia/Tokyo", config.Show(["a.*"]))


def test_a_relative_store_starts_at_its_file(write):
    path = write('store = "sub/a.db"', "etc/logtrace.toml")
    assert config.load([path]).store == str(path.parent / "sub/a.db")


def test_each_key_comes_from_the_first_file_that_has_it(write):
    near, far = write('tz = "Asia/Tokyo"', "near.toml"), write('tz = "UTC"\ndefault_service = "gateway"', "far.toml")
    found = config.load([near, far])
    assert (found.tz, found.default_service) == ("Asia/Tokyo", "gateway")


def test_the_environment_wins_over_files(write, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOGTRACE_INPUT_TZ", "Asia/Tokyo")
    assert config.load([write('input_tz = "Europe/Berlin"')]).input_tz == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('\nstor = "x"', 2, "stor: there is no such key"),
        ('tz = "UTC"\n\n[show]\nfoo = 1', 4, "show.foo: there is no such key"),
        ("# store = 1\nshared = 'maybe'", 2, "shared: "),
        ("[show]\nattributes = [1]", 2, "show.attributes: "),
        ("tz = 'Mars/Olympus'", 1, "tz: 'Mars/Olympus' is no time zone"),
        ("[nosuch]\na = 1", 1, "nosuch: there is no such key"),
    ],
)
def test_a_wrong_file_is_told_with_line_and_key(write, text: str, line: int, said: str):
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        config.load([path])
    assert f"{path}:{line}: {said}" in caught.value.message


def test_what_is_no_toml_is_told_with_its_file(write):
    path = write("store = ")
    with pytest.raises(ConfigError, match=str(path)):
        config.load([path])


def test_a_wrong_variable_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOGTRACE_TZ", "Mars/Olympus")
    with pytest.raises(ConfigError, match="LOGTRACE_TZ"):
        config.load([])


def test_the_file_that_the_environment_names_has_to_be_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("LOGTRACE_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(ConfigError, match=r"none\.toml"):
        config.load()


def test_the_store_by_strength(here: Path, monkeypatch: pytest.MonkeyPatch):
    assert config.store_path() == Path(os.environ["XDG_DATA_HOME"]) / "logtrace" / "logtrace.db"
    (here / "logtrace.toml").write_text('store = "file.db"')
    assert config.store_path() == here / "file.db"
    monkeypatch.setenv("LOGTRACE_STORE", "/tmp/variable.db")
    assert config.store_path() == Path("/tmp/variable.db")
    assert config.store_path("flag.db") == Path("flag.db")


def test_a_user_without_a_home_needs_none_where_the_store_is_named(monkeypatch: pytest.MonkeyPatch, here: Path):
    def unknown(_: int) -> object:
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", unknown)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name)
    with pytest.raises(ConfigError, match="home of this user"):
        config.store_path()
    (here / "logtrace.toml").write_text('store = "~nobody-of-that-name/s.db"')
    assert config.store_path() == here / "~nobody-of-that-name/s.db"
    assert config.store_path("~nobody-of-that-name/s.db") == Path("~nobody-of-that-name/s.db")


def test_a_relative_data_home_does_not_count(monkeypatch: pytest.MonkeyPatch, here: Path):
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    assert config.store_path() == Path(os.environ["HOME"]) / ".local/share/logtrace/logtrace.db"
    assert here.is_absolute()


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "Europe", "/etc/localtime"])
def test_what_is_no_zone(name: str):
    with pytest.raises(ValueError, match="no time zone"):
        config.zone(name)


FORMAT = """
[formats.billing]
match = ["vorgang", "app=kasse"]
trace = "vorgang"
duration = "dauer"
duration_unit = "ms"
"""


def test_formats_of_ones_own(write):
    found = config.load(
        [write(FORMAT, "near.toml"), write('[formats.other]\ntrace = "t"\n[formats.billing]\ntrace = "x"', "far.toml")]
    )
    assert list(found.formats) == ["other", "billing"]
    assert found.formats["billing"].trace == "vorgang", "the nearer file's"
    assert config.Config().formats_text() == ""
    assert found.formats_text().count('"name"') == 2


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (FORMAT + 'dauer = "x"', 7, "formats.billing.dauer: there is no such key"),
        (FORMAT + 'time_unit = "weeks"', 7, "formats.billing.time_unit: Input should be"),
        (FORMAT + "span = 7", 7, "formats.billing.span: Input should be a valid string"),
        (FORMAT + 'separator = "|"', 7, "formats.billing.separator: columns are missing"),
        (FORMAT + 'pattern = "(?P<x>"', 7, "formats.billing.pattern: "),
        (FORMAT + 'text = "msg"', 7, "formats.billing.text: a pattern for it is missing"),
        (FORMAT + 'pattern = "flow (.*)"', 7, "formats.billing.pattern: it has no named group"),
        (
            FORMAT + 'pattern = "(?P<x>.*)"\nseparator = "|"\ncolumns = ["a"]',
            7,
            "formats.billing.pattern: a format has columns or",
        ),
        (FORMAT + 'time_format = "%Q"', 7, "formats.billing.time_format: '%Q' can't be read"),
        ('[ingest]\ntrace_key = ""\n[formats.a]\nspan = "x"', 3, "formats.a.match: it says neither"),
        ('[ingest]\ntracekey = ""', 2, "ingest.tracekey: there is no such key"),
    ],
)
def test_what_is_wrong_in_a_table_is_told_with_its_line(write, text, line, said):
    path = write(text)
    with pytest.raises(ConfigError) as raised:
        config.load([path])
    assert raised.value.message.startswith(f"{path}:{line}: {said}")


def test_the_nearest_file_above_counts(write, here: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(here / "none"))
    write('tz = "Asia/Tokyo"')
    write('tz = "Europe/Berlin"', "a/logtrace.toml")
    (here / "a" / "b" / "c").mkdir(parents=True)
    monkeypatch.chdir(here / "a" / "b" / "c")
    assert config.load().tz == "Europe/Berlin"


def test_a_named_file_comes_before_the_variable(write, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOGTRACE_CONFIG", str(write('tz = "Asia/Tokyo"', "variable.toml")))
    named = write('tz = "Europe/Berlin"', "named.toml")

    def told() -> str:
        config.use(str(named))
        return config.load().tz

    assert copy_context().run(told) == "Europe/Berlin"
    assert config.load().tz == "Asia/Tokyo"
    with pytest.raises(ConfigError, match="there is no file"):
        copy_context().run(lambda: (config.use("/none.toml"), config.load()))
