"""Patterns that are compiled late are what they would be at once."""

import copy
import pickle
import pkgutil
import re
from importlib import import_module

import pytest

import logtrace
from logtrace.patterns import lazy_pattern


def _all_lazy() -> list[tuple[str, "re.Pattern[str]"]]:
    """Each of the program that is a name of a module, or stands in a tuple that is."""
    found = []
    for module in pkgutil.walk_packages(logtrace.__path__, "logtrace."):
        for name, value in vars(import_module(module.name)).items():
            members = value if isinstance(value, tuple) else (value,)
            found += [(f"{module.name}.{name}", each) for each in members if type(each) is type(lazy_pattern(""))]
    return found


@pytest.mark.slow
def test_every_pattern_of_the_program_can_be_compiled() -> None:
    found = _all_lazy()
    assert len(found) > 200
    for name, pattern in found:
        assert isinstance(pattern.pattern, (str, bytes)), name


def test_it_finds_what_a_compiled_one_finds() -> None:
    lazy, compiled = lazy_pattern(r"(?P<word>b+)(c)?", re.IGNORECASE), re.compile(r"(?P<word>b+)(c)?", re.IGNORECASE)
    assert lazy.findall("aBBc b") == compiled.findall("aBBc b") == [("BB", "c"), ("b", "")]
    assert (lazy.pattern, lazy.flags, lazy.groups, lazy.groupindex) == (
        compiled.pattern, compiled.flags, compiled.groups, compiled.groupindex,
    )  # fmt: skip
    assert lazy.sub(r"<\g<word>>", "abc") == "a<b>"
    assert lazy_pattern(rb"\d").search(b"a1") is not None


def test_what_is_no_pattern_at_all_shows_when_it_is_used() -> None:
    broken = lazy_pattern("(")
    with pytest.raises(re.error):
        broken.match("")
    assert not hasattr(broken, "no_such_use")


def test_it_is_copied_and_sent_to_another_process_as_others_are() -> None:
    for pattern in (copy.deepcopy(lazy_pattern("a")), pickle.loads(pickle.dumps(lazy_pattern("a")))):
        assert pattern.match("a")
