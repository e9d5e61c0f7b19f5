"""Secrets never reach a store, nor an answer; what was ingested before can be cleaned."""

from __future__ import annotations

import errno
import gzip
import io
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
import zstandard

from logtrace import api
from logtrace.errors import ConfigError, StoreError
from logtrace.ingest.records import Decoder, Settings
from logtrace.ingest.secrets.configured import redaction_text
from logtrace.ingest.secrets.wanted import OFF
from logtrace.jobs.keeping import redact
from logtrace.sections import Redaction
from tests.cli.conftest import call  # noqa: F401 - a fixture
from tests.ingest.planted import TRACE, planted
from tests.ingest.secret_corpus import WAYS, forms
from tests.ingest.secret_corpus import secrets as corpus
from tests.jobs.stores import take, views, write

PLANTED = tuple(planted(3, 100))
SECRETS = tuple(found.secret for found in PLANTED)
PLAIN = Settings(redaction=OFF)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "edge.log"
    path.write_bytes(b"".join(found.line + b"\n" for found in PLANTED))
    return path


def everything(store: Path) -> bytes:
    """All bytes of a store: the file with its write-ahead log, every chunk unpacked, every answer of SQL."""
    parts = [path.read_bytes() for path in store.parent.glob(f"{store.name}*")]
    connection = sqlite3.connect(store)
    for (packed,) in connection.execute("SELECT data FROM chunk_data"):
        parts.append(zstandard.ZstdDecompressor().decompress(packed))
    parts.append(repr([connection.execute(f"SELECT * FROM {view}").fetchall() for view in ("traces", "spans", "logs")]).encode())
    connection.close()
    with api.open(store) as opened:
        parts += [line.text.encode() for line in opened.grep("", literal=True)]
        trace = opened.trace(TRACE)
        parts += [line.text.encode() for line in opened.logs(trace)] + [repr(trace).encode()]
    return b"\n".join(parts)


def left(data: bytes) -> list[str]:
    return [secret for secret in SECRETS if secret.encode() in data]


def test_no_secret_is_anywhere_in_a_store(tmp_path: Path, log: Path) -> None:
    store = tmp_path / "a.db"
    account = take(store, log)
    assert account.lines_rejected > 0 and account.lines_read == len(PLANTED)
    assert left(everything(store)) == []
    assert sum(account.redacted_by_rule.values()) >= len(PLANTED)
    assert not any(secret in orjson.dumps(account.as_json()).decode() for secret in SECRETS)


def test_without_redaction_all_of_them_are_there(tmp_path: Path, log: Path) -> None:
    store = tmp_path / "a.db"
    assert not take(store, log, settings=PLAIN).redacted_by_rule
    assert len(left(everything(store))) == len(SECRETS)


def test_no_secret_of_the_corpus_is_anywhere_in_a_store(tmp_path: Path) -> None:
    ways = [way for name, way in WAYS.items() if name != "alone"]
    made = [(ways[number % len(ways)](text), secret) for number, (_, text, secret) in enumerate(corpus(5))]
    log = write(tmp_path / "edge.log", [line for line, _ in made if line])
    take(tmp_path / "a.db", log)
    take(tmp_path / "b.db", log, settings=PLAIN)
    clean, plain = everything(tmp_path / "a.db"), everything(tmp_path / "b.db")
    spelled = [[form.encode() for form in forms(secret)] for line, secret in made if line]
    assert len(spelled) > 100
    assert not any(form in clean for each in spelled for form in each)
    assert all(any(form in plain for form in each) for each in spelled)


def test_what_is_compressed_or_piped_is_redacted_as_well(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "edge.log.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    take(tmp_path / "a.db", packed)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(log.read_bytes())))
    take(tmp_path / "b.db", "-")
    assert left(everything(tmp_path / "a.db")) == left(everything(tmp_path / "b.db")) == []


def test_answers_straight_from_files_hold_none(log: Path) -> None:
    found = api.trace_in_files(TRACE, [str(log)])
    assert left(repr(found).encode()) == []
    assert left(repr(api.read([str(log)])).encode()) == []
    assert len(left(repr(api.trace_in_files(TRACE, [str(log)], settings=PLAIN)).encode())) > len(SECRETS) // 2


def test_the_rest_of_a_log_is_what_it_is_without_redaction(tmp_path: Path) -> None:
    fixture = Path(__file__).parents[3] / "fixtures" / "anatomy" / "logs"
    take(tmp_path / "a.db", fixture)
    take(tmp_path / "b.db", fixture, settings=PLAIN)
    assert views(tmp_path / "a.db") == views(tmp_path / "b.db")


def test_a_store_is_cleaned_after_the_fact(tmp_path: Path, log: Path) -> None:
    store, fresh = tmp_path / "a.db", tmp_path / "b.db"
    take(store, log, settings=PLAIN)
    take(fresh, log)
    found = api.redact(store)
    assert sum(found.by_rule.values()) >= len(PLANTED) and not found.removed
    assert left(repr(found).encode()) == []
    assert len(left(everything(store))) == len(SECRETS)  # a scan changes nothing
    assert api.redact(store, apply=True).removed
    assert left(everything(store)) == []
    assert not api.redact(store).by_rule and not api.redact(store, apply=True).removed
    assert views(store) == views(fresh)


def test_what_ended_before_traces_were_put_together_is_taken_up(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "s.db"
    api.ingest([str(log)], store, settings=PLAIN)
    with api.open(store) as opened:
        before = len(opened.traces())

    def fail(*_: object) -> None:
        raise StoreError("the disk is gone", "")

    with monkeypatch.context() as patched:
        patched.setattr("logtrace.jobs.keeping.redact.assemble", fail)
        with pytest.raises(StoreError):
            redact.apply(store, Settings())
    found = redact.apply(store, Settings())
    with api.open(store) as opened:
        assert before == len(opened.traces()) > 0
    assert not found.by_rule and not found.removed


def test_equal_secrets_of_a_store_get_equal_marks_and_those_of_others_do_not(tmp_path: Path) -> None:
    hashed = Settings(redaction=redaction_text(Redaction(mode="hash"), "", ""))
    marks = []
    for name in ("a", "b"):
        log = write(tmp_path / f"{name}.log", [f'{{"trace_id":"{TRACE}","password":"hunter2"}}'] * 2)
        api.ingest([str(log)], tmp_path / f"{name}.db", settings=hashed)
        append = write(tmp_path / f"{name}-more.log", [f'{{"trace_id":"{TRACE}","n":1,"password":"hunter2"}}'])
        api.ingest([str(append)], tmp_path / f"{name}.db", settings=hashed)
        marks.append(set(re.findall(rb"HASH#[0-9a-f]+:password", everything(tmp_path / f"{name}.db"))))
    assert len(marks[0]) == len(marks[1]) == 1 and marks[0] != marks[1]


def test_keys_that_hold_the_ids_of_traces_are_kept(tmp_path: Path) -> None:
    text = redaction_text(Redaction(), "auth_token", "")
    log = write(tmp_path / "a.log", ['{"auth_token":"abcdef123456","msg":"a"}', '{"auth_token":"fedcba654321","msg":"b"}'])
    assert take(tmp_path / "a.db", log, settings=Settings(trace_key="auth_token", redaction=text)).traces == 2


def test_a_rule_that_is_not_known_is_told() -> None:
    with pytest.raises(ConfigError, match="no rule 'jwts'"):
        redaction_text(Redaction(without=["jwts"]), "", "")


def test_the_verb_finds_and_takes_out(tmp_path: Path, log: Path, call: Callable) -> None:  # noqa: F811
    store = tmp_path / "a.db"
    call("ingest", log, "--store", store, "--no-redact", "-q")
    told = call("redact", "--store", store, code=10)
    assert "github_token" in told.out and f"{log}:" in told.out and "--apply" in told.err
    assert not any(secret in told.out for secret in SECRETS)
    assert call("redact", "--scan", store, code=10).out == told.out
    assert "do not go together" in call("redact", store, "--store", store, code=2).err
    assert orjson.loads(call("redact", "--scan", "--store", store, "--json", code=10).out)["secrets_by_rule"]["password"] >= 4
    assert "taken out" in call("redact", "--apply", "--store", store).out
    assert "no secret" in call("redact", "--store", store).out
    told = call("ingest", log, "--store", tmp_path / "b.db")
    assert "redacted" in told.out and "password" in told.out


def test_a_configuration_is_checked(tmp_path: Path, log: Path, call: Callable, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    (tmp_path / "logtrace.toml").write_text('[redaction]\nkeys = ["a"]\n\n[redaction.patterns]\nbadge = "("\n')
    monkeypatch.chdir(tmp_path)
    told = call("ingest", log, "--store", tmp_path / "a.db", code=2)
    assert "logtrace.toml:4: redaction.patterns" in told.err
    (tmp_path / "logtrace.toml").write_text('[redaction]\nmode = "off"\n')
    assert "redacted" not in call("ingest", log, "--store", tmp_path / "a.db").out


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ('"account":4111111111111111', '"account":"[REDACTED:card]"'),
        ('"account": 4111111111111111 ', '"account": "[REDACTED:card]" '),
        ('"list":[5,4111111111111111,5]', '"list":[5,"[REDACTED:card]",5]'),
        ('"text":"{\\"n\\":4111111111111111}"', '"text":"{\\"n\\":\\"[REDACTED:card]\\"}"'),
        ('"took":4111111111111111.5', '"took":4111111111111111.5'),
        ('"msg":"card 4111111111111111, declined"', '"msg":"card [REDACTED:card], declined"'),
    ],
)
def test_numbers_that_are_cards_leave_json(told: str, left: str) -> None:
    from logtrace.ingest.redact import redacted

    line = f'{{"trace_id":"{TRACE}",{told}}}'.encode()
    clean = redacted(line, "", Counter())
    assert clean == f'{{"trace_id":"{TRACE}",{left}}}'.encode()
    assert isinstance(orjson.loads(clean), dict)


@pytest.mark.parametrize("pattern", ["", "a*", "(?:x|)"])
def test_a_pattern_that_holds_for_nothing_is_refused(pattern: str) -> None:
    trouble = Redaction(patterns={"mine": pattern}).trouble()
    assert trouble is not None and trouble[0] == "patterns"


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO])
def test_lines_that_can_not_be_read_anew_now_stay_what_they_were(
    number: int, tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "a.db"
    take(store, log, settings=PLAIN)
    before = views(store)

    def pieces(*_: object) -> Iterator[object]:
        raise OSError(number, "the machine has no more")

    with monkeypatch.context() as patched:
        patched.setattr(Decoder, "pieces", pieces)
        with pytest.raises(StoreError, match="can't be read anew: the machine has no more"):
            api.redact(store, apply=True)
    assert views(store) == before
    assert api.redact(store, apply=True).removed
    assert left(everything(store)) == []
