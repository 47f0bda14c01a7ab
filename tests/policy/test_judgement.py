"""What is new counts, what was there does not; nobody is asked twice; what breaks from afar is seen."""

from collections.abc import Iterator

import pytest

from rules.catalogue import Catalogue, World
from rules.document import Document, parse
from rules.engine import MOST_STATEMENTS, judge
from rules.judgement import Change, Tally, conclusion, judge_catalogue, judge_request, tally, to_correct, to_decide
from rules.judgement import broken as broken_rules
from rules.model import (
    CantTell,
    Check,
    Decider,
    Fault,
    Fix,
    Kind,
    Outcome,
    Proof,
    Question,
    Rule,
    Severity,
    Statement,
    Text,
)

API = "_data/api/api-marees.md"
SERVICE = "_data/service/barque.md"


def entry(path: str = API, **fields: object) -> Document:
    header = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return parse(path, f"---\n{header}---\n")


def rule(check: Check, **changes: object) -> Rule:
    values: dict[str, object] = {
        "id": "a-rule",
        "criterion": "A1",
        "source": "contact-page",
        "decider": Decider.MACHINE,
        "severity": Severity.BLOCKING,
        "applies_to": (Kind.API,),
        "reads": ("title",),
        "title": Text("Titre", "Title"),
        "why": Text("Pour être lu.", "To be read."),
        "check": check,
    }
    return Rule(**{**values, **changes})  # type: ignore[arg-type]


def bad_title(document: Document, _: World) -> Iterator[Statement]:
    title = str(document.data.get("title", ""))
    yield Fault("/title", {"value": title}) if "bad" in title else Proof("/title")


def ask(document: Document, _: World) -> Iterator[Statement]:
    yield Question("/title", {"value": str(document.data.get("title"))})


def nothing(_document: Document, _world: World) -> Iterator[Statement]:
    yield from ()


def broken(_document: Document, _world: World) -> Iterator[Statement]:
    raise KeyError("oops")
    yield


def many(document: Document, _: World) -> Iterator[Statement]:
    for number, tag in enumerate(document.data["tags"]):  # type: ignore[arg-type,call-overload]
        fix = Fix(1, 1, "x") if str(tag).startswith("fix") else None
        yield Fault(f"/tags/{number}", {"value": str(tag)}, fix=fix)


@pytest.mark.parametrize(
    ("check", "outcome"),
    [
        (bad_title, Outcome.PASSED),
        (ask, Outcome.CANT_TELL),
        (nothing, Outcome.INAPPLICABLE),
        (broken, Outcome.CANT_TELL),
    ],
)
def test_a_rule_ends_in_one_of_four_outcomes(check: Check, outcome: Outcome) -> None:
    (verdict,) = judge([rule(check)], entry(title="fine"), World(Catalogue([])))
    assert verdict.outcome is outcome


def test_a_broken_rule_silences_no_other_and_says_so() -> None:
    first, second = judge([rule(broken), rule(bad_title)], entry(title="bad"), World(Catalogue([])))
    assert first.reason == "broken: a-rule: KeyError: 'oops'"
    assert second.outcome is Outcome.FAILED


def test_an_unreadable_header_leaves_the_rules_that_read_it_open() -> None:
    unreadable = parse(API, "---\ntitle: a: b\n---\n")
    first, second = judge([rule(ask), rule(nothing, reads=())], unreadable, World(Catalogue([])))
    assert (first.outcome, first.reason) == (Outcome.CANT_TELL, "unreadable")
    assert second.outcome is Outcome.INAPPLICABLE


def request(before: list[Document], after: list[Document], rules: list[Rule], *changes: Change):  # type: ignore[no-untyped-def]
    return judge_request(rules, Catalogue(before), Catalogue(after), changes or (Change(API, API),))


@pytest.mark.parametrize(("old", "introduced"), [("bad", False), ("worse bad", False), ("fine", True)])
def test_a_finding_that_the_base_has_is_not_introduced(old: str, introduced: bool) -> None:
    (verdict,) = request([entry(title=old)], [entry(title="bad", tagline="new")], [rule(bad_title)])
    assert [finding.introduced for finding in verdict.findings] == [introduced]
    assert to_correct([verdict]) == list(verdict.findings if introduced else ())
    assert conclusion([verdict]) == ("failure" if introduced else "success")


def test_a_renamed_file_keeps_its_old_findings() -> None:
    other = "_data/api/api-vagues.md"
    (verdict,) = request([entry(title="bad")], [entry(other, title="bad")], [rule(bad_title)], Change(other, API))
    assert [finding.introduced for finding in verdict.findings] == [False]


def test_an_item_inserted_in_a_list_makes_no_old_item_new() -> None:
    blocking = [rule(many, reads=("tags",))]
    (verdict,) = request([entry(tags="[b]")], [entry(tags="[a, b]")], blocking)
    assert [(f.facts["value"], f.introduced) for f in verdict.findings] == [("a", True), ("b", False)]


def test_advice_is_given_where_the_request_brought_it_five_pieces_at_most_fixes_first() -> None:
    advice = [rule(many, reads=("tags",), severity=Severity.ADVISORY)]
    (verdict,) = request([entry(tags="[old]")], [entry(tags="[old, a, b, c, d, e, fix]")], advice)
    assert [finding.facts["value"] for finding in verdict.findings] == ["fix", "a", "b", "c", "d"]
    assert conclusion([verdict]) == "success"
    assert verdict.criteria[0].outcome is Outcome.INAPPLICABLE


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ([], entry(title="a"), Outcome.CANT_TELL),
        ([entry(title="a")], entry(title="b"), Outcome.CANT_TELL),
        ([entry(title="a", tagline="typo")], entry(title="a", tagline="mended"), Outcome.PASSED),
    ],
)
def test_a_question_is_asked_when_what_it_is_about_is_new(
    before: list[Document], after: Document, outcome: Outcome
) -> None:
    (verdict,) = request(before, [after], [rule(ask, decider=Decider.HUMAN)])
    (criterion,) = verdict.criteria
    assert criterion.outcome is outcome
    assert (criterion.question is not None) is (outcome is Outcome.CANT_TELL)
    assert len(to_decide([verdict])) == (outcome is Outcome.CANT_TELL)
    assert all(proof.unchanged for proof in criterion.evidence)
    assert conclusion([verdict]) == ("action_required" if outcome is Outcome.CANT_TELL else "success")


def proven_once(document: Document, _: World) -> Iterator[Statement]:
    yield Proof("/title") if document.data.get("proof") else Question("/title")


def test_a_question_that_a_proof_answered_is_asked_once_the_proof_is_gone() -> None:
    rules = [rule(proven_once, decider=Decider.HUMAN)]
    (verdict,) = request([entry(title="a", proof="yes")], [entry(title="a")], rules)
    assert verdict.criteria[0].outcome is Outcome.CANT_TELL
    assert verdict.criteria[0].question


def breaks_on_what_was(document: Document, world: World) -> Iterator[Statement]:
    yield from ask(document, world) if world.before else broken(document, world)


def test_a_rule_that_breaks_on_what_was_is_told_as_broken() -> None:
    (verdict,) = request([entry(title="a")], [entry(title="a")], [rule(breaks_on_what_was, decider=Decider.HUMAN)])
    assert verdict.criteria[0].reason.startswith("broken: a-rule: KeyError")


def waits(_document: Document, _world: World) -> Iterator[Statement]:
    raise CantTell("is_open")
    yield


def test_a_rule_that_waits_for_a_field_leaves_its_criterion_open() -> None:
    rules = [rule(waits), rule(bad_title, id="other")]
    (verdict,) = request([], [entry(title="fine")], rules)
    (criterion,) = verdict.criteria
    assert (criterion.outcome, criterion.question, criterion.reason) == (Outcome.CANT_TELL, None, "field: is_open")
    (verdict,) = request([], [entry(title="bad")], rules)
    assert (verdict.criteria[0].outcome, verdict.criteria[0].reason) == (Outcome.FAILED, "")
    rules.append(rule(broken, id="broken"))
    assert request([], [entry(title="bad")], rules)[0].criteria[0].reason.startswith("broken: broken")


def test_a_judgement_in_numbers() -> None:
    rules = [
        rule(bad_title),
        rule(ask, id="asks", criterion="A2", decider=Decider.HUMAN),
        rule(waits, id="waits", criterion="A3"),
        rule(broken, id="breaks", criterion="A4"),
    ]
    entries = request([], [entry(title="bad")], rules)
    assert broken_rules(entries) == ["broken: breaks: KeyError: 'oops'"]
    assert tally(entries) == Tally("failure", 1, 1, unreadable=0, unmended=1, broken=1)
    unreadable = request([], [parse(API, "---\ntitle: a: b\n---\n")], rules[:1])
    assert tally(unreadable) == Tally("action_required", 0, 0, unreadable=1, unmended=0, broken=0)


def test_a_question_about_the_body_is_asked_again_when_the_body_changes() -> None:
    rules = [rule(ask, decider=Decider.HUMAN, reads=("body",))]
    old, new = (parse(API, f"---\ntitle: a\n---\n{body}\n") for body in ("one", "two"))
    (verdict,) = request([old], [new], rules)
    assert verdict.criteria[0].outcome is Outcome.CANT_TELL


def names_an_api(document: Document, world: World) -> Iterator[Statement]:
    for number, title in enumerate(document.data.get("api", [])):  # type: ignore[arg-type,call-overload]
        if title not in world.titles:
            yield Fault(f"/api/{number}", {"value": title})


NAMES = rule(names_an_api, id="names", applies_to=(Kind.SERVICE, Kind.GUIDE), reads=("api",))


def test_an_entry_broken_from_afar_is_seen_once() -> None:
    service = entry(SERVICE, title="Barque", api="[Old, Gone already]")
    (api, barque) = request([entry(title="Old"), service], [entry(title="New"), service], [NAMES])
    assert (api.path, api.findings) == (API, ())
    assert (barque.path, barque.touched) == (SERVICE, False)
    assert [finding.facts["value"] for finding in barque.findings] == ["Old"]
    assert conclusion([api, barque]) == "failure"
    assert to_correct([api, barque]) == []  # the rule on the renamed entry tells it, once


def test_an_entry_that_the_request_mends_at_once_is_not_broken() -> None:
    before = [entry(title="Old"), entry(SERVICE, title="Barque", api="[Old]")]
    after = [entry(title="New"), entry(SERVICE, title="Barque", api="[New]")]
    verdicts = request(before, after, [NAMES], Change(API, API), Change(SERVICE, SERVICE))
    assert [(verdict.path, verdict.findings) for verdict in verdicts] == [(API, ()), (SERVICE, ())]


def test_an_api_that_can_not_be_read_keeps_its_title_for_the_others() -> None:
    service = entry(SERVICE, title="Barque", api="[Old]")
    verdicts = request([entry(title="Old"), service], [parse(API, "---\ntitle: a: b\n---\n"), service], [NAMES])
    assert [verdict.path for verdict in verdicts] == [API]


def shows_its_logo(document: Document, world: World) -> Iterator[Statement]:
    if f"public/images/api-logo/{document.data.get('logo')}" not in world.after.files:
        yield Fault("/logo")


def test_an_entry_that_loses_a_file_tells_it_itself() -> None:
    path, logo = "_data/producteurs/office.md", "public/images/api-logo/office.png"
    sheet, rules = entry(path, logo="office.png"), [rule(shows_its_logo, applies_to=(Kind.PRODUCER,))]
    before, other = Catalogue([sheet], [logo, "public/other.png"]), Change("public/other.png", gone=True)
    for change in (Change(logo, logo, gone=True), Change("public/moved.png", logo)):
        (told,) = judge_request(rules, before, Catalogue([sheet]), [change, other])
        assert (told.path, told.touched, len(to_correct([told]))) == (path, True, 1)
        assert judge_request(rules, before, Catalogue([sheet], [logo]), [change, other]) == ()
    mended = Catalogue([entry(path, logo="new.png")], ["public/images/api-logo/new.png"])
    (told,) = judge_request(rules, before, mended, [Change(logo, logo, gone=True), Change(path, path)])
    assert told.findings == ()


def test_a_removed_entry_is_judged_by_what_it_leaves_behind() -> None:
    sheet, api = entry("_data/producteurs/office.md", name="Office"), entry(title="Marées", producer="office")
    orphan = rule(lambda d, w: iter([Fault("/producer")] if str(d.data["producer"]) not in w.after.producers else []))
    gone, broken_api = request([sheet, api], [api], [orphan], Change(sheet.path, sheet.path, gone=True))
    assert (gone.kind, gone.findings) == (Kind.REMOVED, ())
    assert (broken_api.path, broken_api.touched) == (API, False)


def test_files_that_are_no_entry_are_not_judged() -> None:
    stray = parse("_data/api/oublie", "x")
    verdicts = request(
        [stray], [], [NAMES], Change(stray.path, stray.path, gone=True), Change("README.md", "README.md")
    )
    assert verdicts == ()


def test_a_whole_catalogue_is_judged_as_it_is() -> None:
    rules = [rule(bad_title), rule(ask, id="asks", criterion="A2", decider=Decider.HUMAN)]
    catalogue, asked = Catalogue([entry(title="bad")]), [Outcome.FAILED, Outcome.CANT_TELL]
    for before, change, outcomes in (
        (catalogue, Change(API, API), [Outcome.FAILED, Outcome.PASSED]),
        (catalogue, Change(API, SERVICE), asked),
        (Catalogue([entry(SERVICE, title="bad")]), Change(API, SERVICE), [Outcome.FAILED, Outcome.PASSED]),
        (Catalogue([]), Change(API), asked),
    ):
        (verdict,) = judge_catalogue(rules, before, catalogue, [change])
        assert [finding.introduced for finding in verdict.findings] == [True]
        assert [criterion.outcome for criterion in verdict.criteria] == outcomes


def test_an_entry_that_the_request_touches_is_told_as_touched() -> None:
    before = [entry(title="Old"), entry(SERVICE, title="Barque", api="[Old]")]
    after = [entry(title="New"), entry(SERVICE, title="Voilier", api="[Old]")]
    _, boat = request(before, after, [NAMES], Change(API, API), Change(SERVICE, SERVICE))
    assert (boat.touched, len(boat.findings)) == (True, 1)


def test_an_entry_that_names_a_lost_title_without_harm_is_not_told() -> None:
    service = entry(SERVICE, title="Barque", api="[Old]")
    verdicts = request([entry(title="Old"), service], [entry(title="New"), service], [rule(nothing)])
    assert [verdict.path for verdict in verdicts] == [API]


def test_what_is_left_of_many_old_faults_is_not_new() -> None:
    before = Catalogue([entry(tags=[*range(40)])])
    after = Catalogue([entry(tags=[*range(15, 40)])])
    (verdict,) = judge_request([rule(many)], before, after, [Change(API, API)])
    assert [finding.introduced for finding in verdict.findings] == [False] * MOST_STATEMENTS


@pytest.mark.parametrize(("count", "told"), [(MOST_STATEMENTS, None), (MOST_STATEMENTS + 1, MOST_STATEMENTS)])
def test_that_there_are_more_faults_than_shown_is_told(count: int, told: int | None) -> None:
    (verdict,) = judge([rule(many)], entry(tags=[*range(count)]), World(Catalogue([])))
    assert len(verdict.statements) == MOST_STATEMENTS
    assert "only_first" not in verdict.statements[0].facts
    assert verdict.statements[-1].facts.get("only_first") == told


def test_one_question_about_the_same_body_is_asked_once() -> None:
    def ask_about(document: Document, _: World) -> Iterator[Statement]:
        yield Question("/title", {"about": document.data["owner"]})

    paths = [f"_data/api/{name}.md" for name in "abc"]
    after = [entry(path, owner=owner) for path, owner in zip(paths, ("omi", "omi", "dgm"), strict=True)]
    verdicts = request([], after, [rule(ask_about, decider=Decider.HUMAN)], *map(Change, paths))
    assert [criterion.outcome for entry in verdicts for criterion in entry.criteria] == [Outcome.CANT_TELL] * 3
    assert [asked.path for asked in to_decide(verdicts)] == [paths[0], paths[2]]
