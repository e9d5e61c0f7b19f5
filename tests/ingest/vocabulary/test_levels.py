from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.vocabulary.levels import ROLES, is_error, severity, status_error
from logtrace.model import ErrorLevel, Role


@pytest.mark.parametrize(
    ("level", "number"),
    [("TRACE", 1), ("debug", 5), ("Info", 9), ("WARNING", 13), ("error", 17), ("FATAL", 21), ("panic", 21), (" warn ", 13),
     ("ERROR+4", 21), ("INFO-2", 7), ("DEBUG-9", 1), ("FATAL+99", 24), ("loud", 0), ("", 0), ("ERROR+x", 17),
     (30, 9), (30.0, 9), (30.5, 0), (50, 17), (7, 0), (True, 0), (None, 0)]
)  # fmt: skip
def test_severity_numbers(level, number):
    assert severity(level) == number


@given(st.text() | st.text("0123456789+-eror", max_size=20) | st.integers() | st.none())
def test_every_level_has_a_number_of_otel(level):
    assert 0 <= severity(level) <= 24


@pytest.mark.parametrize("level", ["error+" + "9" * 5000, "info-" + "9" * 5000])
def test_an_offset_without_end_does_not_raise(level):
    assert severity(level) in (1, 24, 9, 17)


@pytest.mark.parametrize("status", ["error", "ERROR", "failed", "Failure", "STATUS_CODE_ERROR", "2", 500, 503, "504", 599])
def test_statuses_that_say_error(status):
    assert status_error(status) == ErrorLevel.HARD


@pytest.mark.parametrize(
    "status", ["ok", "Unset", "", "1", "0", 1, 2, 0, 200, 404, "404", 600, 499.5, True, None, [], "weird", "٥٠٠٠"]
)
def test_statuses_that_do_not(status):
    assert status_error(status) == ErrorLevel.NONE


@pytest.mark.parametrize("value", [None, "", " ", "<nil>", "nil", "null", "None", "false", "0", "no", False, 0, 0.0, [], {}])
def test_values_of_an_error_field_that_mean_none(value):
    assert not is_error(value)


@pytest.mark.parametrize("value", ["boom", "<nil> pointer", True, 1, ["x"]])
def test_values_of_an_error_field_that_mean_one(value):
    assert is_error(value)


def test_words_of_phase_fields():
    assert {ROLES[word] for word in ("start", "begin", "started", "open", "span_start")} == {Role.START}
    assert {ROLES[word] for word in ("end", "finish", "finished", "done", "completed", "stop", "closed", "span_end")} == {
        Role.END
    }
