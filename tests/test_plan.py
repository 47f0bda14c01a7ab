"""What GitHub should show: where each finding is placed, how much is said, what labels and check run tell."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from bot.clone import read
from bot.desired import Comment, Desired
from bot.markers import fingerprint, is_summary, marked
from bot.plan import LABELS, MOST_COMMENTS, plan
from bot.render import MOST_ADDRESS
from bot.state import Pull
from rules.catalogue import Catalogue
from rules.document import parse
from rules.judgement import Change, judge_request
from rules.model import EntryVerdict, Rule, Severity, Text
from tests.conftest import SAMPLE

NAMES = sorted(pull.name for pull in (SAMPLE.parent / "pulls").iterdir())
OLD = SAMPLE / "_data/api/api-hauteurs-eau.md"
PATH = "_data/api/api-hauteurs-eau.md"


def planned(pull: Pull, rules: tuple[Rule, ...]) -> tuple[Desired, tuple[EntryVerdict, ...]]:
    entries = judge_request(rules, pull.before, pull.after, pull.changes)
    return plan(pull, entries), entries


def edited(sample: Catalogue, text: str, hunks: tuple[range, ...] | None = None, path: str = PATH) -> Pull:
    """A request that changes one entry, or adds one; all its lines are in the diff unless `hunks` says which."""
    after = Catalogue({**sample.documents, path: parse(path, text)}.values(), sample.files)
    previous = path if path in sample.documents else None
    shown = hunks if hunks is not None else (range(1, text.count("\n") + 2),)
    return Pull("a" * 40, "b" * 40, sample, after, (Change(path, previous),), {path: shown})


@pytest.mark.parametrize("name", NAMES)
def test_every_comment_stands_on_the_diff(demo: Path, rules: tuple[Rule, ...], name: str) -> None:
    pull, _ = read(demo, head=name)
    desired, entries = planned(pull, rules)
    findings = {fingerprint(finding): finding for entry in entries for finding in entry.findings}
    for comment in desired.comments:
        assert marked(comment.body) == comment.fingerprint
        assert comment.path == findings[comment.fingerprint].path
        assert any(comment.start_line in hunk and comment.line in hunk for hunk in pull.hunks[comment.path])
    assert len({comment.fingerprint for comment in desired.comments}) == len(desired.comments)
    blocking = [
        f for entry in entries for f in entry.findings if f.rule.severity is Severity.BLOCKING and entry.touched
    ]
    assert {fingerprint(f) for f in blocking} <= {comment.fingerprint for comment in desired.comments}
    assert is_summary(desired.summary)
    assert desired.head == pull.head
    assert pull.head[:7] in desired.summary


@pytest.mark.parametrize("name", NAMES)
def test_the_same_request_gives_the_same_messages(demo: Path, rules: tuple[Rule, ...], name: str) -> None:
    assert planned(read(demo, head=name)[0], rules)[0] == planned(read(demo, head=name)[0], rules)[0]


def test_labels_and_conclusion(demo: Path, rules: tuple[Rule, ...], sample: Catalogue) -> None:
    def told(pull: Pull) -> tuple[str, set[str]]:
        desired, _ = planned(pull, rules)
        assert desired.labels <= LABELS.keys()
        return desired.check.conclusion, set(desired.labels)

    new = "greffier : nouvelle fiche"
    assert told(read(demo, head="unquoted-colon")[0]) == ("failure", {"greffier : à corriger", new})
    assert told(read(demo, head="renamed-title")[0]) == ("failure", {"greffier : à corriger"})
    assert told(read(demo, head="new-service")[0]) == ("action_required", {"greffier : à trancher", new})
    typo = OLD.read_text("utf-8").replace("navigants", "navigateurs")
    assert told(edited(sample, typo)) == ("success", {"greffier : conforme"})
    image = Pull("a", "b", sample, sample, (Change("public/images/api-logo/new.png"),))
    assert told(image) == ("success", set())


def test_a_fix_is_clickable_only_on_the_very_lines_it_replaces(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    text = re.sub(r"^tagline: .*$", "tagline: Les eaux : hauteurs", OLD.read_text("utf-8"), flags=re.MULTILINE)
    line = text[: text.index("tagline")].count("\n") + 1

    def only_comment(*hunks: range) -> Comment | None:
        desired, _ = planned(edited(sample, text, hunks), rules)
        assert "Les eaux : hauteurs" in desired.summary
        assert desired.check.annotations
        return desired.comments[0] if desired.comments else None

    for hunks in ((range(1, 99),), (range(line, line + 1),), (range(50, 60), range(line, line + 1))):
        comment = only_comment(*hunks)
        assert comment is not None
        assert (comment.start_line, comment.line) == (line, line)
        assert "```suggestion\ntagline: " in comment.body
    for hunks in ((), (range(1, line),), (range(line + 1, 99),)):
        assert only_comment(*hunks) is None, "the summary and the check run have it"


def test_a_fix_of_several_lines_needs_them_all_in_one_hunk(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    text = re.sub(
        "^tagline: .*$", "tagline: Les eaux\n  et leurs niveaux : été", OLD.read_text("utf-8"), flags=re.MULTILINE
    )
    line = text[: text.index("tagline")].count("\n") + 1
    (whole,) = planned(edited(sample, text), rules)[0].comments
    assert (whole.start_line, whole.line) == (line, line + 1)
    assert "```suggestion\n" in whole.body
    (half,) = planned(edited(sample, text, (range(1, line + 1), range(line + 1, 99))), rules)[0].comments
    assert half.start_line == half.line
    assert "```suggestion" not in half.body
    assert "```yaml\n" in half.body


def test_what_was_there_before_is_folded_and_never_blocks(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    broken = OLD.read_text("utf-8").replace("themes:", "thèmes:")
    before = edited(sample, broken).after
    after = Catalogue(
        {**before.documents, PATH: parse(PATH, broken + "\nUne phrase de plus.\n")}.values(), before.files
    )
    pull = Pull("a" * 40, "b" * 40, before, after, (Change(PATH, PATH),), {PATH: (range(1, 99),)})
    desired, entries = planned(pull, rules)
    assert [finding for entry in entries for finding in entry.findings if not finding.introduced]
    assert desired.check.conclusion == "success"
    assert desired.comments == desired.check.annotations == ()
    assert re.search(r"<summary>Déjà présent, pas de votre fait \(\d\)</summary>", desired.summary)


def rendered(markdown: str) -> str:
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)


def test_a_long_list_stays_one_list(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    """Each item holds a paragraph, a fix and a reason, under its number of one figure or of two."""
    pulls = {f"_data/api/api-{n:02}.md": f"---\ntitle: Une API : {n}\n---\n" for n in range(14)}
    after = Catalogue([*sample.documents.values(), *(parse(path, text) for path, text in pulls.items())], sample.files)
    pull = Pull("a" * 40, "b" * 40, sample, after, tuple(map(Change, pulls)), {})
    desired, entries = planned(pull, rules)
    told = sum(
        finding.introduced and finding.rule.severity is Severity.BLOCKING for e in entries for finding in e.findings
    )
    first = rendered(desired.summary.split("#### Les critères")[0])
    assert told == 14
    assert first.count("<ol>") == 1
    assert first.count("<li>") == 14
    assert first.split("<ol>")[1].split("</ol>")[0].count("<pre>") == 14


def test_a_long_item_hides_no_other(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    files = {
        "_data/api/a.md": '---\ntitle: A\nproducer: "' + r"x y\n" * 3_000 + '"\n---\n',
        "_data/api/c.md": f"---\ntitle: C\nproducer: {'x y' * 3_000}\n---\n",
        "_data/api/b.md": "---\ntitle: B : c\n---\n",
    }
    after = Catalogue([*sample.documents.values(), *(parse(path, text) for path, text in files.items())], sample.files)
    web = "https://forge.example/"
    pull = Pull("a" * 40, "b" * 40, sample, after, tuple(map(Change, files)), {}, None, web, f"{web}edit/")
    desired, entries = planned(pull, rules)
    faults = [f for e in entries for f in e.findings if f.rule.severity is Severity.BLOCKING]
    assert len(desired.summary) < 60_000
    listed = desired.summary.split("#### Les critères")[0]
    assert "de plus, trop longs" not in listed
    assert len(re.findall(r"^\d+\. ", listed, re.MULTILINE)) == len(faults)
    assert all(len(address) <= MOST_ADDRESS for address in re.findall(r"\]\((https[^)]*)\)", desired.summary))
    assert "[Créer ce fichier](" in listed, "without what it should hold"


def test_no_message_is_longer_than_github_takes(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    """Whatever a rule says of whatever value."""
    pull = edited(sample, "---\ntitle: A\nis_open: oui\n---\n")
    _, entries = planned(pull, rules)
    wordy = Text("Le champ dit {value}.\n" * 50, "The field says {value}.\n" * 50)
    facts = {"value": "\u202e\n" * 9_000}
    told = tuple(
        entry._replace(
            findings=tuple(f._replace(rule=f.rule._replace(message=wordy), facts=facts) for f in entry.findings),
        )
        for entry in entries
    )
    desired = plan(pull, told)
    bodies = [desired.summary, desired.check.summary, *(comment.body for comment in desired.comments)]
    assert max(map(len, bodies)) < 60_000
    assert desired.check.annotations
    assert max(len(note.message.encode()) for note in desired.check.annotations) < 60_000
    assert desired.comments == (), "the summary and the check run have what they would say"


def test_the_check_run_says_the_verdict_once(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    """GitHub shows its own sign, then its title, then its summary."""
    desired, _ = planned(edited(sample, "---\ntitle: A\nis_open: oui\n---\n"), rules)
    assert re.fullmatch(r"\d+ points à corriger avant la publication\.", desired.check.title)
    assert desired.summary.endswith(f"### ❌ {desired.check.title}\n\n{desired.check.summary}")
    assert desired.check.summary.startswith("#### À corriger\n\n1. ")


def test_a_flood_is_bounded(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    """GitHub refuses bodies over 65,536 characters; nobody reads a hundred comments."""
    entries = {f"_data/api/flood-{n}.md": f"---\ntitle: {'é' * 3000}{n}\nis_open: oui\n---\n" for n in range(300)}
    documents = [parse(path, text) for path, text in entries.items()]
    after = Catalogue([*sample.documents.values(), *documents], sample.files)
    hunks = dict.fromkeys(entries, (range(1, 6),))
    desired, _ = planned(Pull("a" * 40, "b" * 40, sample, after, tuple(map(Change, entries)), hunks), rules)
    assert len(desired.comments) == MOST_COMMENTS
    assert len(desired.summary) < 65_536
    assert desired.summary.count("<details>") == desired.summary.count("</details>")
    assert all(len(comment.body) < 65_536 for comment in desired.comments)
    assert all(len(note.message.encode()) < 65_536 for note in desired.check.annotations)
