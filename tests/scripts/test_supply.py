"""What logtrace is made with: each part for a reason, all of them in the lock file."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import lowest
import pytest

ROOT = Path(__file__).parent.parent.parent
NAME = re.compile(r"[A-Za-z0-9._-]+")


def direct(without: str = "") -> list[str]:
    """The direct dependencies, those of all extras but one among them."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [told["dependencies"], *(group for name, group in told["optional-dependencies"].items() if name != without)]
    return [each for group in groups for each in group if not each.startswith("logtrace")]


def test_each_dependency_has_a_reason_a_lower_bound_and_no_upper_one():
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    for each in direct():
        assert re.fullmatch(r"[\w.-]+>=[\d.]+", each), each
        assert any(f'"{each}"' in line and "#" in line for line in lines), f"{each} has no reason"


def test_the_lock_file_has_them_all_with_hashes():
    text = (ROOT / "scripts" / "requirements.lock").read_text()
    locked = {re.sub(r"[._]", "-", found).lower() for found in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    assert {re.sub(r"[._]", "-", NAME.match(each)[0]).lower() for each in direct(without="spark")} <= locked
    assert text.count("--hash=sha256:") >= len(locked)


def test_what_others_raise_is_no_bound_that_was_tried():
    project = {"dependencies": ["a>=2"], "optional-dependencies": {"x": ["b>=1.5", "a>=2", "logtrace[y]"]}}
    assert list(lowest.bounds(project)) == [("a", "2"), ("b", "1.5")]
    tried = {("2", "2.0.0"): True, ("3.1", "3.10"): False, ("13.7", "13.9.4"): False, ("1.0", "1"): True}
    assert {pair: lowest.is_tried(*pair) for pair in tried} == tried


HOLE = {"name": "x", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}


@pytest.mark.parametrize(
    ("found", "code", "told"),
    [
        ("", 0, "not audited"),
        (json.dumps({"dependencies": [{"name": "x", "skip_reason": "not found"}]}), 0, "not audited"),
        (json.dumps({"dependencies": [{"name": "x", "version": "1", "vulns": []}]}), 0, "1 of 1 packages audited, 0 known holes"),
        (json.dumps({"dependencies": [HOLE]}), 1, "x 1: CVE-1, mended in 2"),
    ],
)
def test_what_an_audit_says(found: str, code: int, told: str):
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "audited.py"], input=found, capture_output=True, text=True, check=False
    )
    assert done.returncode == code and told in done.stdout
