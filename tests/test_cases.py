"""Recorded pull requests: what happens in `pull.yml`, what greffier writes in `writes.yml`.

The review of a change to a rule or to a sentence is the difference that it makes there. To record anew what
would be written now: `python tests/test_cases.py`. What a story may hold is the methods of `Story`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from standin import SAMPLE, World, files_of, world

from bot.playground.git import SYMLINK, File
from bot.playground.model import Comment, Pull
from bot.playground.pushed_back import push_back
from bot.writes import EditSummary, PostCheckRun, PostSummary, Write
from bot.written import as_yaml
from rules.evidence import Answer, answer_from
from rules.loader import load_rules
from rules.model import Rule

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())
CATALOGUE = files_of("catalogue")


class Story:
    """What happens to one pull request, step by step. Every `review` is recorded."""

    def __init__(self, made: World) -> None:
        self.made, self.told, self.posted = made, "", list[Write]()
        self.evidence: dict[str, Answer] = {}
        self.pull: Pull

    def open(self, files: dict[str, Any], **more: Any) -> None:
        """Somebody opens the request. A file is a text, null to delete it, or see `_content`."""
        self.pull = self.made.open(dict(_contents(files)), **more)

    def push(self, files: dict[str, Any], **more: Any) -> None:
        """Its author pushes a commit."""
        self.made.people.push(self.pull, dict(_contents(files)), **more)

    def push_back(self, to: int) -> None:
        """Its author forces the branch back to what it was before, told by its rank."""
        push_back(self.made.store, self.pull, self.pull.heads[to])

    def base(self, files: dict[str, Any]) -> None:
        """The team pushes to the branch that the request goes to."""
        self.made.people.push_branch("demo/catalogue", "equipe", dict(_contents(files)))

    def comment(self, by: str, body: str) -> None:
        """Somebody writes in the conversation."""
        self.made.people.comment(self.pull, by, body)

    def reply(self, to: int, by: str, body: str) -> None:
        """Somebody answers a comment on the diff, by its rank."""
        self.made.people.reply(self.pull, self.pull.review_comments[to], by, body)

    def hide(self, comment: int, reason: str) -> None:
        """Somebody hides a comment on the diff."""
        self.pull.review_comments[comment].minimized = reason

    def again(self, body: str) -> None:
        """We said the same thing a second time, somehow."""
        bot, store = self.made.app.bot, self.made.store
        self.pull.comments.append(Comment(store.next_id(), bot, body, store.clock(), store.clock(), self.made.app))

    def label(self, name: str) -> None:
        """Somebody puts a label on."""
        self.made.people.label(self.pull, "equipe", name)

    def unlabel(self, name: str) -> None:
        """Somebody takes a label off."""
        self.made.people.unlabel(self.pull, "equipe", name)

    def close(self) -> None:
        """Somebody closes the request."""
        self.made.people.close(self.pull, "equipe")

    def delete_fork(self) -> None:
        """Its author deletes the fork that it comes from."""
        self.made.people.delete_fork(self.pull)

    def withhold(self, paths: str) -> None:
        """GitHub does not show the patch of some paths."""
        self.made.store.faults.withheld = paths

    def internet(self, answers: dict[str, Any]) -> None:
        """What the internet answers from now on, by address."""
        self.evidence = {url: answer_from(answer) for url, answer in answers.items()}

    def review(self, **how: Any) -> None:
        """Greffier reviews the request."""
        done = self.made.review(self.pull, gather=lambda _: self.evidence, **how)
        self.posted += done.writes
        said = [f"# {done.conclusion}", *(f"# {note}" for note in done.notes)]
        self.told += "\n".join(said) + "\n" + as_yaml(_short(done.writes)) + "\n"


def _contents(files: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for path, content in files.items():
        if path == "pull":  # all the files of a request of the sample
            yield from files_of(f"pulls/{content}").items()
        else:
            yield path, _content(content)


def _content(told: Any) -> Any:
    """Return a file that is told as `{like: <a path of the catalogue>, replace: {old: new}}`, as `{link: …}`,
    as `{latin1: …}`, or as `{size: …}` bytes; and any other as it is."""
    if not isinstance(told, dict):
        return told
    if "link" in told:
        return File(told["link"].encode(), SYMLINK)
    if "latin1" in told:
        return str(told["latin1"]).encode("latin-1")
    if "size" in told:
        return "x" * int(told["size"])
    text = CATALOGUE[told["like"]].decode()
    for old, new in told.get("replace", {}).items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def _short(writes: Sequence[Write]) -> Iterator[Write]:
    """Yield the writes without what would change at every rule, nor the summary a second time."""
    summary = next((write.body for write in writes if isinstance(write, PostSummary | EditSummary)), None)
    for write in writes:
        if isinstance(write, PostCheckRun):
            told = write.check.summary
            text = "(le message de synthèse, sous le verdict)" if summary and summary.endswith(told) else told
            name = re.sub(r"^(pr:\d+):.*", r"\1:…", write.external_id)
            yield replace(write, external_id=name, check=replace(write.check, summary=text))
        else:
            yield write


def play(case: Path, rules: Sequence[Rule]) -> Story:
    """Play a story to its end."""
    told = yaml.safe_load((case / "pull.yml").read_text("utf-8"))
    with world(rules, CATALOGUE, token=told.get("token", False)) as made:
        story = Story(made)
        for step in told["story"]:
            ((what, given),) = step.items() if isinstance(step, dict) else ((step, {}),)
            if what in ("open", "push", "base", "internet"):
                more = given.pop("more", {})
                getattr(story, what)(given, **more)
            elif isinstance(given, dict):
                getattr(story, what)(**given)
            else:
                getattr(story, what)(given)
        # Something else moves on the base: all is read and compared again, and there is nothing to write.
        made.people.push_branch("demo/catalogue", "equipe", {"README.md": "Autre chose\n"})
        assert made.review(story.pull, gather=lambda _: story.evidence).writes == ()
    return story


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_written(case: Path, rules: tuple[Rule, ...]) -> None:
    assert play(case, rules).told == (case / "writes.yml").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(path.name for path in (SAMPLE / "pulls").iterdir()))
def test_the_sample_is_reviewed_once(name: str, rules: tuple[Rule, ...]) -> None:
    with world(rules, CATALOGUE) as made:
        pull = made.open(dict(files_of(f"pulls/{name}")))
        assert made.review(pull).writes
        made.people.push_branch("demo/catalogue", "equipe", {"README.md": "Autre chose\n"})
        assert made.review(pull).writes == ()


def test_every_kind_of_write_is_covered() -> None:
    recorded = "".join((case / "writes.yml").read_text("utf-8") for case in CASES)
    assert {kind.__name__ for kind in Write.__args__} == set(re.findall(r"^- (\w+):", recorded, re.MULTILINE))
    assert len(CASES) >= 25


if __name__ == "__main__":
    for case in CASES:
        if not sys.argv[1:] or case.name in sys.argv[1:]:
            (case / "writes.yml").write_text(play(case, load_rules()).told, "utf-8")
