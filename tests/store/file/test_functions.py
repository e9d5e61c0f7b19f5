"""A connection that is asked all day keeps nothing of the questions."""

from __future__ import annotations

import sqlite3

from logtrace.store.file.functions import Functions


class Question:
    def __init__(self, answer: bool) -> None:
        self.answer = answer

    def holds(self, _test: int, _key: str, _value: str) -> bool:
        return self.answer


def test_a_name_is_lent_to_one_question_at_a_time():
    connection = sqlite3.connect(":memory:")
    functions = Functions(connection)
    yes, no = Question(answer=True), Question(answer=False)
    names = functions.lend(yes.holds), functions.lend(no.holds)
    assert len(set(names)) == 2
    assert connection.execute(f"SELECT {names[0]}(1, 'k', 'v'), {names[1]}(1, 'k', 'v')").fetchone() == (1, 0)
    del yes
    other = Question(answer=False)
    assert functions.lend(other.holds) == names[0]
    assert connection.execute(f"SELECT {names[0]}(1, 'k', 'v'), {names[1]}(1, 'k', 'v')").fetchone() == (0, 0)


def test_many_questions_make_no_more_functions():
    connection = sqlite3.connect(":memory:")
    functions = Functions(connection)
    known = "SELECT count(*) FROM pragma_function_list WHERE name LIKE 'holds%'"
    assert {functions.lend(Question(answer=True).holds) for _ in range(100)} == {"holds_1"}
    assert connection.execute(known).fetchone() == (1,)
