"""The fewest writes between what GitHub should show and what it shows."""

from __future__ import annotations

from dataclasses import replace

from bot.desired import CheckRun, Comment, Desired
from bot.external_id import answered
from bot.plan import LABELS
from bot.reconcile import reconcile
from bot.writes import (
    AddLabels,
    CreateLabel,
    EditComment,
    EditSummary,
    Hide,
    Observed,
    OwnComment,
    OwnThread,
    PostCheckRun,
    PostReview,
    PostSummary,
    RemoveLabels,
    Show,
    Write,
)

WRONG, FINE, NEW = "greffier : à corriger", "greffier : conforme", "greffier : nouvelle fiche"
COMMENT = Comment("_data/api/a.md", 3, 3, "corps", "f1")
DESIRED = Desired("h", "résumé", (COMMENT,), frozenset({WRONG}), CheckRun("failure", "t", "s", ()), frozenset({"f1"}))
NOTHING = Observed("h", "PR", "R")
ID = answered("pr:1:a", DESIRED)
THREAD = OwnThread("T", "f1", COMMENT.path, 3, 3, "corps")
SHOWN = Observed(
    "h",
    "PR",
    "R",
    summaries=(OwnComment("S", "résumé"),),
    threads=(THREAD,),
    labels=frozenset({WRONG}),
    label_ids={WRONG: "L", FINE: "L2"},
    check=ID,
)


def writes(desired: Desired = DESIRED, observed: Observed = SHOWN, **more: bool) -> tuple[Write, ...]:
    return reconcile(desired, observed, answered("pr:1:a", desired), **more)


def test_a_first_review_in_the_order_that_reads_well() -> None:
    kinds = [type(write) for write in writes(observed=NOTHING)]
    assert kinds == [CreateLabel, PostReview, PostSummary, AddLabels, PostCheckRun]


def test_twice_is_once() -> None:
    assert writes() == ()


def test_the_same_answer_to_another_question_is_not_said_again() -> None:
    assert reconcile(DESIRED, SHOWN, answered("pr:1:b", DESIRED)) == ()


def test_a_person_who_asks_gets_a_new_check_run() -> None:
    assert [type(write) for write in writes(again=True)] == [PostCheckRun]


def test_a_personal_token_posts_no_check_run() -> None:
    assert reconcile(DESIRED, replace(SHOWN, check=""), "") == ()


def test_an_edit_only_where_the_text_differs() -> None:
    assert writes(observed=replace(SHOWN, summaries=(OwnComment("S", "résumé\r\n"),))) == ()
    assert writes(observed=replace(SHOWN, summaries=(OwnComment("S", "ancien"),))) == (EditSummary("S", "résumé"),)
    assert writes(observed=replace(SHOWN, threads=(replace(THREAD, body="ancien"),))) == (EditComment("T", "corps"),)


def test_a_second_summary_is_hidden_once() -> None:
    twice = replace(SHOWN, summaries=(OwnComment("S", "résumé"), OwnComment("S2", "résumé")))
    assert writes(observed=twice) == (Hide("S2", "DUPLICATE"),)
    hidden = replace(SHOWN, summaries=(OwnComment("S", "résumé"), OwnComment("S2", "résumé", True)))
    assert writes(observed=hidden) == ()


VANISHED = replace(DESIRED, comments=(), standing=frozenset())


def conversation(desired: Desired, *threads: OwnThread) -> list[Write]:
    return [write for write in writes(desired, replace(SHOWN, threads=threads)) if not isinstance(write, PostCheckRun)]


def test_a_finding_that_vanished() -> None:
    assert conversation(VANISHED, THREAD) == [Hide("T", "RESOLVED")]
    assert conversation(VANISHED, replace(THREAD, hidden="resolved")) == []
    assert conversation(VANISHED, replace(THREAD, answered=True)) == []


def test_a_finding_that_came_back_is_shown_not_posted() -> None:
    assert conversation(DESIRED, replace(THREAD, hidden="resolved")) == [Show("T")]


def test_what_a_person_hid_stays_hidden_and_is_not_said_again() -> None:
    assert conversation(DESIRED, replace(THREAD, hidden="off-topic")) == []


def test_a_finding_whose_lines_were_rewritten_is_said_where_it_is_now() -> None:
    post = PostReview("h", writes(observed=NOTHING)[1].body, (COMMENT,))  # type: ignore[union-attr]
    gone = replace(THREAD, line=None, start_line=None)
    assert conversation(DESIRED, gone) == [post, Hide("T", "OUTDATED")]
    assert conversation(DESIRED, replace(gone, answered=True)) == [post]
    assert conversation(DESIRED, gone, replace(THREAD, id="T2")) == [Hide("T", "OUTDATED")]


def test_a_finding_that_stands_without_a_line_is_never_called_resolved() -> None:
    unplaced = replace(DESIRED, comments=())
    assert conversation(unplaced, THREAD) == []
    assert conversation(unplaced, replace(THREAD, line=None)) == [Hide("T", "OUTDATED")]


def test_labels_are_ours_or_let_be() -> None:
    right = replace(DESIRED, labels=frozenset({FINE, NEW}))
    done = [write for write in writes(right) if not isinstance(write, PostCheckRun)]
    assert done == [CreateLabel(NEW, *LABELS[NEW]), AddLabels((FINE, NEW)), RemoveLabels((WRONG,))]
