"""What is shown of a write is all of it."""

from __future__ import annotations

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.writes import EditSummary
from bot.written import as_yaml


@given(st.text(st.sampled_from("ab: \n\t#-|>'\"é🟠\r\x00\x85\u2028\ufeff\\`{}[]&*!%@"), max_size=12))
@example("une ligne : \n\n  une autre\n")
@example(" en retrait\nun mot ")
def test_a_text_is_read_back_as_it_was(text: str) -> None:
    assert yaml.safe_load(as_yaml([EditSummary("id", text)])) == [{"EditSummary": {"id": "id", "body": text}}]


def test_lines_are_shown_as_lines() -> None:
    assert as_yaml([EditSummary("id", "a : \nb")]) == "- EditSummary:\n    id: id\n    body: |-\n      a : \n      b\n"
