"""Patches are read as GitHub writes them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.forge.patch import hunks, undone
from bot.playground.diff import Change, compare
from bot.playground.git import Objects

TEXT = st.lists(st.sampled_from(["a", "b", "", "é", "@@ -1 +1 @@", "\\ x", "c\r"]), max_size=30).map("\n".join)


def change(old: str, new: str) -> Change | None:
    objects = Objects()
    first = objects.commit((), {"f": old}, "", "a", "a@b")
    second = objects.commit((first.sha,), {"f": new}, "", "a", "a@b")
    return next(iter(compare(objects, first.tree, second.tree, {})), None)


@given(old=TEXT, new=TEXT)
def test_a_patch_undone_gives_the_text_it_was_made_from(old: str, new: str) -> None:
    made = change(old, new)
    if made is not None and made.patch:
        assert undone(made.patch, new) == old


@given(old=TEXT, new=TEXT)
def test_a_line_that_a_hunk_shows_can_be_commented(old: str, new: str) -> None:
    made = change(old, new)
    if made is not None and made.patch:
        shown = {line for hunk in hunks(made.patch) for line in hunk}
        count = new.count("\n") + 2
        assert shown == {line for line in range(1, count) if made.hunk_at("RIGHT", line) is not None}


def test_a_patch_of_another_text_is_not_undone() -> None:
    assert undone("@@ -1 +1 @@\n-a\n+b", "c\n") is None


def test_a_patch_that_is_not_there_shows_nothing() -> None:
    assert list(hunks("")) == []
