"""Redaction over breadth: whatever services issue and programs write goes, whatever only looks like it stays."""

from __future__ import annotations

import random
import string
import time
from collections import Counter

import orjson
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from logtrace.ingest.redact import redacted
from logtrace.ingest.secrets import spelled
from logtrace.ingest.secrets.finder import Finder
from logtrace.ingest.secrets.wanted import Wanted
from tests.ingest.harmless import harmless
from tests.ingest.secret_corpus import KEYS, NUMBERS, TRACE, WAYS, forms, secrets


def redact(text: str) -> str:
    return redacted(text.encode(), "", Counter()).decode()


def plain(text: str) -> str:
    """A line as a reader of JSON sees it."""
    try:
        return orjson.dumps(orjson.loads(text)).decode()
    except orjson.JSONDecodeError:
        return text


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_no_secret_of_the_corpus_stays(way: str, seed: int) -> None:
    for name, text, secret in secrets(seed):
        line = WAYS[way](text)
        if not line:
            continue
        found = redact(line)
        assert not any(form in told for form in forms(secret) for told in (found, plain(found))), (name, found)
        assert found.count("\n") == line.count("\n") and found.count(TRACE) == line.count(TRACE), name
        assert redact(found) == found, name
        if way not in ("raw", "alone", "rejected", "syslog"):
            assert orjson.loads(found)["trace_id"] == TRACE, name


@pytest.mark.parametrize("key", KEYS)
def test_values_beside_keys_go_also_where_they_are_letters_alone(key: str) -> None:
    random_ = random.Random(key)
    for letters, length in ((string.ascii_letters + string.digits, 32), (string.ascii_letters, 12), (string.ascii_lowercase, 15)):
        secret = "".join(random_.choices(letters, k=length))
        for line in (
            f'{{"trace_id":"{TRACE}","tags":{{"{key}":"{secret}"}}}}',
            f'{{"msg":"got {key}={secret} from"}}',
            f'{{"msg":"using {key}: {secret} for it"}}',
            f"plain {key}: {secret}",
            f"{{'{key}': '{secret}'}}",
            f'{{"body":"{{\\"{key}\\":\\"{secret}\\"}}"}}',
            f'{{"headers":{{"{key}":["{secret}"]}}}}',
            f'{{"{key[0]}\\u{ord(key[1]):04x}{key[2:]}":"{secret}"}}',
            f'{{"key":"{key}","value":{{"stringValue":"{secret}"}}}}',
        ):
            assert secret not in redact(line), redact(line)


@pytest.mark.parametrize("key", NUMBERS)
def test_numbers_beside_keys_become_texts(key: str) -> None:
    found = redact(f'{{"a":1,"{key}":58291746,"b":2}}')
    assert "58291746" not in found and list(orjson.loads(found)) == ["a", key, "b"]


def test_ten_thousand_lines_without_secrets_are_left_alone() -> None:
    lines = list(harmless(17, 10_000))
    data = b"\n".join(lines)
    counts: Counter[str] = Counter()
    found = redacted(data, "", counts)
    changed = [(line, was) for line, was in zip(found.split(b"\n"), data.split(b"\n"), strict=True) if line != was]
    assert not changed and not counts, changed[:3]


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ('{"p\\u0061ssword":"hunter2"}', '{"p\\u0061ssword":"[REDACTED:password]"}'),
        ('{"password":"hun\\u0074er2","a":1}', '{"password":"[REDACTED:password]","a":1}'),
        ('{"n":"gh\\u0070_0123456789abcdefghijABCDEFGHIJ012345"}', '{"n":"[REDACTED:github_token]"}'),
        ('{"a":1}\n{"p\\u0061ss":"hunter2"}\n{"b":"\\u0061"}', '{"a":1}\n{"p\\u0061ss":"[REDACTED:password]"}\n{"b":"\\u0061"}'),
        (
            '{"token":{"type":"Bearer","name":"ci","value":"abcdefghijkl"},"b":"abcdefghijkl"}',
            '{"token":{"type":"Bearer","name":"ci","value":"[REDACTED:token]"},"b":"abcdefghijkl"}',
        ),
        ('{"secret":{"name":"db-credentials","namespace":"prod"}}', '{"secret":{"name":"db-credentials","namespace":"prod"}}'),
        ('{"token": {"value": 58291746}}', '{"token": {"value": "[REDACTED:token]"}}'),
        ('{"password":{', '{"password":{'),
        ('{"password":{\n{"a":"b"}', '{"password":{\n{"a":"b"}'),
        (
            "psql: ALTER ROLE a PASSWORD 'x1' VALID UNTIL 'infinity'",
            "psql: ALTER ROLE a PASSWORD '[REDACTED:password]' VALID UNTIL 'infinity'",
        ),
        (
            "insert into u (a, `password`) values (1, 'x, y'), (2, 'z')",
            "insert into u (a, `password`) values (1, '[REDACTED:password]'), (2, '[REDACTED:password]')",
        ),
        (
            "insert into u (password, token) values ('hunter22','abcdef123456ab')",
            "insert into u (password, token) values ('[REDACTED:password]','[REDACTED:token]')",
        ),
        (
            '{"token":{"password":"0","a":-10001}}',
            '{"token":{"password":"[REDACTED:password]","a":"[REDACTED:token]"}}',
        ),
        ("5212 5213 4111 1111 1111 1111 5213 5214", "5212 5213 4111 1111 1111 1111 5213 5214"),
        ("4a3f 00ff 4111 1111 1111 1111 e1c2 0000", "4a3f 00ff 4111 1111 1111 1111 e1c2 0000"),
        ("basic password: hunter2", "basic password: [REDACTED:password]"),
    ],
)
def test_the_ways_in_detail(line: str, left: str) -> None:
    assert redact(line) == left


GROUPS = st.lists(st.sampled_from(["4111", "1111", "5212", "e1c2", "00FF", "345678", "3712", "41111", "no"]), max_size=7)


@given(GROUPS, GROUPS, st.sampled_from([" ", "-"]))
def test_a_list_of_numbers_is_looked_at_once_and_still_loses_its_cards(before: list[str], after: list[str], sign: str) -> None:
    """A pattern of the user's, which might find anything anywhere, makes it be looked at number by number."""
    text = sign.join([*before, "4111", "1111", "1111", "1111", *after]).encode()
    once, each = Finder(Wanted()), Finder(Wanted(patterns=(("never", "zzzz"),)))
    found = [*once.secrets(text)]
    event(f"{len(found)} cards")
    assert found == [*each.secrets(text)]


def test_escapes_know_where_they_stand() -> None:
    text, places = spelled.read(b'a\\u0062c\\\\u0064"')
    assert text == b'abcd"' and places == [0, 1, 7, 8, 15, 16]


@pytest.mark.slow
@pytest.mark.parametrize("unit", [b"'password': '", b"password, ", b"-----END PRIVATE KEY-----", b"\\u0061", b"<password "])
def test_a_long_line_takes_its_length_not_its_square(unit: bytes) -> None:
    def seconds(many: int) -> float:
        data = unit * (many // len(unit))
        before = time.process_time()
        redacted(data, "", Counter())
        return time.process_time() - before

    assert seconds(80_000) < 8 * seconds(20_000) + 0.2
