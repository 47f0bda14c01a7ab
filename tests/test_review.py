"""From a pull request to the conversation that its readers see, on the stand-in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from standin import World, files_of, world
from test_faults import API, entry

from bot import plan
from bot.blobs import MemoryBlobs
from bot.desired import Desired
from bot.errors import Retry
from bot.external_id import judged
from bot.forge import Forges
from bot.markers import SUMMARY, mark
from bot.playground.faults import Fault, Kind
from bot.playground.git import EXECUTABLE, SUBMODULE, SYMLINK, File
from bot.playground.model import Json, Pull
from bot.playground.pushed_back import push_back, push_base_back
from bot.review import NO_CHECKS, NO_COMMENTS, review
from bot.state import MOST_DESCRIBED, PullRef
from bot.state import Pull as Read
from bot.wording import CLICK, TOO_LARGE, UNJUDGED, WRITE, say
from rules.document import MAX_BYTES
from rules.evidence import Answer
from rules.model import Rule

CATALOGUE = files_of("catalogue")
RIGHT = {
    "producer": "office-marees",
    "doc_tech_link": "/swaggers/api-hauteurs-eau.json",
    "body": "L'API donne la hauteur des rivières, station par station, toutes les dix minutes. Elle est ouverte.",
}
BEFORE = "_data/api/api-hauteurs-eau.md"


@pytest.fixture
def made(rules: tuple[Rule, ...]) -> Iterator[World]:
    with world(rules, CATALOGUE) as ready:
        yield ready


def found(made: World, pull: Pull) -> set[tuple[str, str]]:
    """Return the rules that fail, by path."""
    entries = made.review(pull, post=False).entries
    return {(finding.path, finding.rule.id) for entry in entries for finding in entry.findings}


def test_a_dry_run_sends_what_it_prints_and_nothing_else(made: World) -> None:
    pull = made.open({API: entry()})
    before = made.snapshot(pull)
    planned = made.review(pull, post=False)
    assert made.snapshot(pull) == before
    assert made.review(pull).writes == planned.writes != ()


def test_twice_is_once_even_when_everything_is_looked_at_again(made: World) -> None:
    pull = made.open({API: entry()})
    made.review(pull)
    made.people.push_branch("demo/catalogue", "equipe", {"README.md": "Autre chose\n"})
    done = made.review(pull)
    assert (done.conclusion, done.writes) == ("failure", ())


def everything_is_as(made: World, pull: Pull, said: Json) -> None:
    """Review what is again what it was when that was said: all says so again, once, and a new memory learns it."""
    for memory in ("kept", "lost"):
        if memory == "lost":
            made.forget()
        made.review(pull)
        assert visible(made, pull) == said
        _, second = made.counted(pull)
        assert len(second) == 1, memory


def visible(made: World, pull: Pull) -> Json:
    """Return what readers see, those comments that are hidden aside."""
    seen = made.snapshot(pull)
    comments = [comment for comment in seen["review_comments"] if not comment["minimized"]]
    runs = [{**run, "external_id": "", "completed": 0} for run in seen["check_runs"]]
    return {"summary": seen["comments"], "comments": comments, "labels": seen["labels"], "runs": runs}


@pytest.mark.parametrize("memory", ["kept", "lost"])
def test_a_head_that_is_pushed_back_is_judged_anew(made: World, memory: str) -> None:
    pull = made.open({API: entry()})
    made.review(pull)
    first, said = pull.head, visible(made, pull)
    made.people.push(pull, {API: entry(**RIGHT)})
    made.review(pull)
    assert visible(made, pull) != said
    push_back(made.store, pull, first)
    if memory == "lost":
        made.forget()
    runs = len(made.repository.check_runs)
    everything_is_as(made, pull, said)
    assert len(made.repository.check_runs) == runs, "the check run of that head says the same already"


def test_a_base_that_is_what_it_was_is_judged_anew(made: World) -> None:
    main, sheet = made.repository.default_branch, CATALOGUE["_data/producteurs/office-marees.md"]
    made.repository.branches["autre"] = old = made.repository.branches[main]
    made.people.push_branch("demo/catalogue", "equipe", {"_data/producteurs/inconnu.md": sheet}, branch="autre")
    pull = made.open({API: entry()})
    made.review(pull)
    said = visible(made, pull)
    made.people.edit(pull, "equipe", base="autre")
    made.review(pull)
    assert visible(made, pull) != said
    made.people.edit(pull, "equipe", base=main)
    everything_is_as(made, pull, said)
    made.people.push_branch("demo/catalogue", "equipe", {"_data/producteurs/inconnu.md": sheet})
    made.review(pull)
    assert visible(made, pull) != said
    push_base_back(made.store, made.repository, "equipe", old)
    everything_is_as(made, pull, said)


@pytest.mark.parametrize("token", [False, True])
def test_rules_that_are_what_they_were_are_asked_anew(rules: tuple[Rule, ...], token: bool) -> None:
    """An upgrade is taken back."""
    with world(rules, CATALOGUE, token=token) as made:
        pull = made.open({API: entry()})
        made.review(pull)
        said = visible(made, pull)
        made.rules = [rule for rule in rules if rule.id != "producer-has-sheet"]
        made.review(pull)
        assert visible(made, pull) != said
        made.rules = rules
        made.review(pull)
        assert visible(made, pull) == said
        assert made.review(pull).conclusion == "unchanged"


def test_nothing_is_said_where_no_entry_changes(made: World) -> None:
    pull = made.open({"README.md": "Bonjour\n", "public/images/logo.png": b"\x89PNG\0"})
    assert made.review(pull).conclusion == "untouched"
    assert made.snapshot(pull) == made.snapshot(made.open({"LISEZMOI.md": "Bonjour\n"}))


def test_a_required_check_passes_once_where_no_entry_changes(made: World) -> None:
    pull = made.open({"README.md": "Bonjour\n"})
    made.review(pull)
    assert made.review(pull, pass_untouched=True, post=False).writes
    assert not made.repository.check_runs
    for _ in range(2):
        assert made.review(pull, pass_untouched=True).conclusion in ("untouched", "unchanged")
        made.people.push_branch("demo/catalogue", "equipe", {"LISEZMOI.md": pull.head})
    made.forget()
    made.review(pull, pass_untouched=True)
    (run,) = made.repository.check_runs
    assert (run.head_sha, run.conclusion) == (pull.head, "success")
    assert "nothing to review" in run.summary
    assert not pull.comments
    made.review(pull, pass_untouched=True, again=True)
    made.people.push(pull, {"README.md": "Bonsoir\n"})
    made.review(pull, pass_untouched=True)
    assert [run.head_sha == pull.head for run in made.repository.check_runs] == [False, False, True]


@pytest.mark.parametrize("moved", [False, True])
def test_a_file_that_an_entry_needs_goes_away(made: World, moved: bool) -> None:
    file, sheet = "public/images/api-logo/office-marees.png", "_data/producteurs/office-marees.md"
    there = {"public/images/api-logo/autre.png": CATALOGUE[file]} if moved else {}
    pull = made.open({file: None, **there})
    assert found(made, pull) == {(sheet, "logo-file")}
    assert made.review(pull).conclusion == "failure"
    assert sheet in pull.comments[0].body
    made.people.push(pull, {file: CATALOGUE[file]})
    assert made.review(pull).conclusion == "success"


def test_nothing_is_said_where_no_entry_needs_the_file_that_goes_away(made: World) -> None:
    made.people.push_branch("demo/catalogue", "equipe", {"public/images/old.png": b"\x89PNG\0"})
    pull = made.open({"public/images/old.png": None})
    assert made.review(pull).conclusion == "untouched"
    assert pull.comments == pull.labels == []
    assert made.review(pull).conclusion == "unchanged"


def test_a_request_that_gives_up_its_entry_is_told_so(made: World) -> None:
    pull = made.open({API: entry(), "README.md": "Bonjour\n"})
    made.review(pull)
    made.people.push(pull, {API: None})
    assert made.review(pull).conclusion == "success"
    assert {comment.minimized for comment in pull.review_comments} == {"resolved"}
    assert pull.labels == []
    assert "ne touche aucune fiche" in pull.comments[0].body
    assert made.review(pull).conclusion in ("unchanged", "untouched")


def test_a_closed_request_costs_nothing(made: World) -> None:
    pull = made.open({API: entry()})
    made.people.close(pull, "marie")
    assert made.review(pull).conclusion == "closed"


def test_forged_comments_are_left_alone(made: World) -> None:
    pull = made.open({API: entry()})
    made.people.comment(pull, "pas-gentil", f"{SUMMARY}\ntout est conforme")
    made.review(pull)
    fingerprint = pull.review_comments[0].body.split(" ")[2]
    made.people.reply(pull, pull.review_comments[0], "pas-gentil", f"{mark(fingerprint)}\nrien à voir")
    made.people.push(pull, {API: entry(**RIGHT)})
    made.review(pull)
    theirs = [comment for comment in (*pull.comments, *pull.review_comments) if comment.author.login == "pas-gentil"]
    assert [(comment.body.split("\n")[1], comment.minimized) for comment in theirs] == [
        ("tout est conforme", None),
        ("rien à voir", None),
    ]
    assert sum(comment.author.login == "greffier[bot]" for comment in pull.comments) == 1
    assert pull.review_comments[0].minimized is None  # somebody answered below it
    assert {comment.minimized for comment in pull.review_comments[1:3]} == {"resolved"}


def test_our_marker_inside_a_body_is_nothing(made: World) -> None:
    pull = made.open({API: entry(tagline=f"'{SUMMARY} {mark('0' * 16)}'")})
    made.review(pull)
    made.people.push_branch("demo/catalogue", "equipe", {"README.md": "Autre chose\n"})
    assert made.review(pull).writes == ()


def test_labels_of_people_survive_and_those_taken_off_come_back(made: World) -> None:
    pull = made.open({API: entry()})
    made.people.label(pull, "equipe", "bonne première contribution")
    made.review(pull)
    made.people.unlabel(pull, "equipe", "greffier : à corriger")
    made.people.label(pull, "equipe", "greffier : conforme")
    made.people.push(pull, {API: entry(tagline="Une autre phrase")})
    made.review(pull)
    assert {label.name for label in pull.labels} == {
        "bonne première contribution",
        "greffier : à corriger",
        "greffier : nouvelle fiche",
    }


def test_a_label_of_ours_may_be_written_in_another_case(made: World) -> None:
    wrong = made.store.label(made.repository, "Greffier : À corriger")
    pull = made.open({API: entry()})
    made.review(pull)
    assert wrong in pull.labels
    made.people.push_branch("demo/catalogue", "equipe", {"README.md": "Autre chose\n"})
    assert made.review(pull).writes == ()
    made.people.push(pull, {API: None, "README.md": "Bonjour\n"})
    assert made.review(pull).conclusion != "untouched", "its label is to be taken off"
    assert wrong not in pull.labels


def test_a_finding_comes_back_where_it_was(made: World) -> None:
    pull = made.open({API: entry()})
    made.review(pull)
    said = len(pull.review_comments)
    made.people.push(pull, {"public/swaggers/absent.json": "{}"})
    made.review(pull)
    assert [comment.minimized for comment in pull.review_comments].count("resolved") == 1
    made.people.push(pull, {"public/swaggers/absent.json": None})
    made.review(pull)
    assert len(pull.review_comments) == said
    assert {comment.minimized for comment in pull.review_comments} == {None}


def test_the_head_moves_while_it_is_read(made: World) -> None:
    pull = made.open({API: entry()})

    class Meddling(MemoryBlobs):
        moved = False

        def put(self, contents: Mapping[str, bytes]) -> None:
            super().put(contents)
            if not self.moved:
                self.moved = True
                made.people.push(pull, {API: entry(**RIGHT)})

    made.forges = Forges(made.settings, Meddling())
    with pytest.raises(Retry) as moved:
        made.review(pull)
    assert moved.value.after == 0
    assert pull.comments == []
    assert made.review(pull).head == pull.head


def test_the_head_moves_before_the_files_are_listed(made: World) -> None:
    pull = made.open({API: entry()})
    forge = made.forge()
    seen = forge.glance(PullRef("demo", "catalogue", pull.number))
    made.people.push(pull, {API: entry(**RIGHT)})
    with pytest.raises(Retry):
        forge.files(seen)


@pytest.mark.parametrize("counted", [0, 1, 3])
def test_files_that_github_counts_wrong_are_not_left_out(made: World, counted: int) -> None:
    pull = made.open({API: entry(), "README.md": "Bonjour\n"})
    forge = made.forge()
    seen = forge.glance(PullRef("demo", "catalogue", pull.number))
    with pytest.raises(Retry, match=f"counts {counted} changed files, and lists 2"):
        forge.files(replace(seen, files=counted))
    assert len(forge.files(seen)) == 2


@pytest.mark.parametrize("ours", ["review_comments", "comments"])
def test_a_comment_that_is_deleted_between_reading_and_writing(made: World, ours: str) -> None:
    pull = made.open({API: entry()})
    made.review(pull)
    made.people.push(pull, {API: entry(**RIGHT)})
    forge = made.forge()
    send = forge.write

    def write(*given: Any) -> None:
        del getattr(pull, ours)[0]
        send(*given)

    forge.write = write  # type: ignore[method-assign]
    with pytest.raises(Retry, match="deleted since"):
        review(PullRef("demo", "catalogue", pull.number), forge, made.rules)
    assert made.review(pull).conclusion == "action_required"
    assert len(pull.comments) == 1


def test_a_personal_token_writes_all_but_the_check_run(rules: tuple[Rule, ...]) -> None:
    with world(rules, CATALOGUE, token=True) as made:
        pull = made.open({API: entry()})
        done = made.review(pull)
        assert done.notes == (NO_CHECKS,)
        assert made.repository.check_runs == []
        assert len(pull.review_comments) == 3
        assert made.review(pull).writes == ()
        assert not made.forge().give_up(PullRef("demo", "catalogue", pull.number), "panne")


def test_a_review_that_github_refuses_leaves_all_to_the_summary(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pull = made.open(dict(files_of("pulls/unquoted-colon")))
    assert say(CLICK, "fr") in made.review(pull, post=False).writes[-1].check.summary  # type: ignore[union-attr]
    placed = plan.plan

    def misplaced(*judged: Any, **how: bool) -> Desired:
        desired = placed(*judged, **how)
        return replace(desired, comments=tuple(replace(one, start_line=999, line=999) for one in desired.comments))

    monkeypatch.setattr("bot.review.plan", misplaced)
    done = made.review(pull)
    assert (done.conclusion, done.notes) == ("failure", (NO_COMMENTS,))
    assert pull.reviews == []
    assert say(CLICK, "fr") not in pull.comments[0].body
    assert say(WRITE, "fr") in pull.comments[0].body
    assert len(pull.labels) == 2
    assert made.review(pull).conclusion == "unchanged"
    made.people.push_branch("demo/catalogue", "equipe", {"README.md": "Autre chose\n"})
    assert made.review(pull).writes == ()


def test_a_review_that_github_refuses_because_the_head_moved(made: World) -> None:
    pull = made.open({API: entry()})
    forge, old = made.forge(), pull.head
    send = forge.write

    def write(*given: Any) -> None:
        made.people.push(pull, {API: entry(**RIGHT)}, force=True)
        pull.heads.remove(old)
        send(*given)

    forge.write = write  # type: ignore[method-assign]
    with pytest.raises(Retry, match="moved"):
        review(PullRef("demo", "catalogue", pull.number), forge, made.rules)
    assert pull.comments == []


def test_odd_files_are_told_and_never_followed(made: World) -> None:
    pull = made.open(
        {
            "_data/api/lien.md": File(b"../../../etc/passwd", SYMLINK),
            "_data/api/module.md": File(b"a" * 40, SUBMODULE),
            "_data/api/gros.md": "---\ntitle: x\n---\n" + "x" * MAX_BYTES,
            "_data/api/binaire.md": b"---\ntitle: \0\n---\n",
            "_data/api/latin.md": "---\ntitle: caf\xe9\n---\n".encode("latin-1"),
            "_data/api/executable.md": File(entry(**RIGHT).encode(), EXECUTABLE),
        }
    )
    assert found(made, pull) >= {
        ("_data/api/lien.md", "front-matter-missing"),
        ("_data/api/module.md", "front-matter-missing"),
        ("_data/api/gros.md", "file-too-large"),
        ("_data/api/binaire.md", "file-not-text"),
        ("_data/api/latin.md", "file-not-text"),
    }
    assert not any(path == "_data/api/executable.md" for path, rule in found(made, pull) if rule.startswith("file"))
    asked = [request.path for request in made.store.requests if "/git/blobs/" in request.path]
    assert len(asked) == 1  # the one in another encoding, once: it is remembered


def test_no_path_of_a_request_reaches_an_address(made: World) -> None:
    pull = made.open({"_data/api/..%2f..%2f?ref=x&é.md": entry(), "_data/api/a b#c.md": entry(title="API autre")})
    made.review(pull)
    for request in made.store.requests:
        assert "%2f" not in request.path.lower()
        assert "ref=x" not in request.path + request.query
        assert ".md" not in request.path


def test_a_withheld_patch_is_not_an_unchanged_file(made: World) -> None:
    made.store.faults.withheld = "api-nouvelle"
    pull = made.open({API: entry()})
    done = made.review(pull)
    assert done.conclusion == "failure"
    assert pull.review_comments == []
    assert "inconnu" in pull.comments[0].body


def too_large(made: World, pull: Pull, said: str) -> None:
    """Have a sweep look twice, and again once the base has moved: it is told once, in its own words."""
    done = made.review(pull)
    assert (done.conclusion, done.entries) == ("too_large", ())
    assert said in done.notes[0]
    _, second = made.counted(pull)
    assert len(second) == 1
    made.people.push_branch("demo/catalogue", "equipe", {"LISEZMOI.md": "Autre chose\n"})
    assert made.review(pull).writes == ()
    (run,) = made.repository.check_runs
    assert (run.conclusion, run.title) == ("action_required", say(TOO_LARGE, "fr"))
    for told in (said, say(UNJUDGED, "fr"), say(UNJUDGED, "en")):
        assert told in str(run.summary)
    assert pull.comments == []


def test_a_tree_that_github_cuts_is_no_success(made: World) -> None:
    made.store.faults.truncated_trees = True
    too_large(made, made.open({API: entry()}), "plus de fichiers que GitHub n'en montre")


def test_what_others_added_to_the_base_since(made: World) -> None:
    pull = made.open({API: entry(**RIGHT)})
    assert (API, "title-unique") not in found(made, pull)
    clashing = entry(**RIGHT).replace("title: API nouvelle", "title: Api Nouvelle")
    made.people.push_branch("demo/catalogue", "equipe", {"_data/api/autre.md": clashing, BEFORE: "---\nx: [\n---\n"})
    done = made.review(pull, post=False)
    after = {entry.path for entry in done.entries}
    assert after == {API}, "what others broke on the base is not this request's doing"
    assert (API, "title-unique") in found(made, pull), "the clash is seen"


def test_an_entry_that_is_not_touched_is_one_document(made: World) -> None:
    pull = made.open({API: entry()})
    forge = made.forge()
    seen = forge.glance(PullRef("demo", "catalogue", pull.number))
    read, _ = forge.read(seen, forge.files(seen))
    assert len(read.before.documents) > 10
    assert all(read.after.documents[path] is document for path, document in read.before.documents.items())


def test_a_deleted_fork_does_no_harm(made: World) -> None:
    pull = made.open({API: entry()})
    made.people.delete_fork(pull)
    assert made.review(pull).conclusion == "failure"
    assert "/edit/" not in pull.comments[0].body


def test_more_annotations_than_one_request_takes(made: World) -> None:
    pull = made.open({f"_data/api/n{n}.md": entry(title=f"API {n}") for n in range(40)})
    made.review(pull)
    (run,) = made.repository.check_runs
    assert run.status == "completed"
    assert len(run.annotations) > 100
    assert len(pull.review_comments) == 30


def test_giving_up_blames_nobody(made: World) -> None:
    pull = made.open({API: entry()})
    assert made.forge().give_up(PullRef("demo", "catalogue", pull.number), "GitHub ne répond pas.")
    assert not made.forge().give_up(PullRef("demo", "catalogue", pull.number), "GitHub ne répond toujours pas.")
    (run,) = made.repository.check_runs
    assert (run.conclusion, run.annotations) == ("cancelled", [])
    assert made.review(pull).conclusion == "failure"


def test_long_conversations_are_read_to_their_end(made: World) -> None:
    pull = made.open({API: entry()})
    for number in range(120):
        made.people.comment(pull, "bavarde", f"Message {number}")
    made.review(pull)
    made.people.push_branch("demo/catalogue", "equipe", {"README.md": "Autre chose\n"})
    assert made.review(pull).writes == ()


def test_what_others_mended_in_the_same_entry_since(made: World) -> None:
    made.people.push_branch("demo/catalogue", "equipe", {API: entry(**{**RIGHT, "producer": "inconnu"})})
    pull = made.open({API: entry(**{**RIGHT, "producer": "inconnu", "tagline": "Une autre phrase"})})
    made.people.push_branch("demo/catalogue", "equipe", {API: entry(**RIGHT)})
    done = made.review(pull)
    old = [finding for entry in done.entries for finding in entry.findings if finding.rule.id == "producer-has-sheet"]
    assert [finding.introduced for finding in old] == [False]
    assert done.conclusion != "failure"


def test_more_than_can_be_read_is_told_and_costs_nothing(made: World) -> None:
    pull = made.open({f"_data/api/n{n}.md": f"{n}".ljust(MAX_BYTES, "x") for n in range(130)})
    too_large(made, pull, "c'est trop d'un coup")
    assert not any(b"object(oid" in request.body for request in made.store.requests)


def test_more_files_than_github_lists_are_not_half_read(made: World) -> None:
    pull = made.open({f"n/{n}": "" for n in range(3_001)})
    too_large(made, pull, "change 3001 fichiers")
    made.review(pull, again=True)
    assert len(made.repository.check_runs) == 2
    made.people.push(pull, {"n/0": None, "_data/api/b.md": entry(), "n/1": None})
    assert made.review(pull).conclusion == "failure"


def test_a_personal_token_tells_the_operator_what_is_too_large(rules: tuple[Rule, ...]) -> None:
    with world(rules, CATALOGUE, token=True) as made:
        pull = made.open({f"n/{n}": "" for n in range(3_001)})
        done = made.review(pull)
        assert (done.conclusion, done.writes) == ("too_large", ())
        assert "3001" in done.notes[0]
        assert made.review(pull).conclusion == "unchanged"


def test_a_check_run_broken_off_in_the_middle_is_not_taken_for_a_finished_one(made: World) -> None:
    pull = made.open({f"_data/api/n{n}.md": entry(title=f"API {n}") for n in range(40)})
    made.store.faults.inject(Fault(Kind.DROP_BEFORE, method="PATCH", path="check-runs"))
    with pytest.raises(Retry):
        made.review(pull)
    assert made.review(pull).conclusion == "failure"
    *_, run = made.repository.check_runs
    assert run.status == "completed"
    assert len(run.annotations) > 100


def test_what_else_we_wrote_is_not_the_summary(made: World) -> None:
    pull = made.open({API: entry()})
    made.people.comment(pull, "greffier[bot]", f"Bonjour.\n{SUMMARY}")
    made.review(pull)
    assert pull.comments[0].body.startswith("Bonjour")
    assert pull.comments[1].body.startswith(SUMMARY)


def test_a_fork_with_the_same_number_and_commits_is_another_request(rules: tuple[Rule, ...]) -> None:
    here, fork = PullRef("demo", "catalogue", 7), PullRef("marie", "catalogue", 7)
    assert judged(here, "head", "base", rules) != judged(fork, "head", "base", rules)
    assert judged(here, "head", "base", rules) == judged(PullRef("Demo", "Catalogue", 7), "head", "base", rules)


def test_two_requests_of_one_commit_do_not_take_the_check_run_of_each_other(made: World) -> None:
    one, other = made.open({API: entry()}), made.open({API: entry()})
    other.head, other.heads = one.head, list(one.heads)
    for pull in (one, other):
        made.review(pull)
    assert [made.review(pull).conclusion for pull in (one, other)] == ["unchanged", "unchanged"]


def test_large_descriptions_are_read_within_few_requests(made: World) -> None:
    """As large as those of other sites; two of them take a request each, and no more than two are read."""
    sizes = {"a": 400_000, "b": 600_000, "c": 900_000}
    files = {f"public/swaggers/{name}.json": name * size for name, size in sizes.items()}
    more = {"public/swaggers/0.json": "0" * (MOST_DESCRIBED + 1), "public/swaggers/d.json": "d" * 700_000}
    pull = made.open({API: entry(), **files, **more})
    read: list[dict[str, int]] = []

    def gather(pull: Read) -> dict[str, Answer]:
        read.append({at: len(content) for at, content in pull.descriptions.items()})
        return {}

    done = made.review(pull, gather=gather)
    assert read == [{"/swaggers/a.json": 400_000, "/swaggers/b.json": 600_000, "/swaggers/c.json": 900_000}]
    assert [call.purpose for call in done.calls].count("one content") == 2
    # They are known by now.
    made.people.push(pull, {API: entry(tagline="Une autre phrase")})
    assert "one content" not in [call.purpose for call in made.review(pull, gather=gather).calls]
    assert read[1] == read[0]
