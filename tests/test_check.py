"""`greffier check` never passes in silence what it could not judge, nor what it knows nothing about."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.formats.text import MOST_ENTRIES
from rules.catalogue import World
from rules.document import Document
from rules.loader import load_rules
from rules.model import Rule, Severity, Statement
from tests.conftest import Ran

Greffier = Callable[..., Ran]
API, LISTED = "_data/api/api-bacs.md", "_data/api/api-hauteurs-eau.md"


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@x.example")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def work(demo: Path, tmp_path: Path) -> Path:
    """A clone of the sample to change, on its main branch."""
    folder = shutil.copytree(demo, tmp_path / "work", symlinks=True)
    git(folder, "checkout", "-q", "-f", "main")
    return folder


def edit(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, "utf-8")


def append(file: Path, text: str = "\nUn mot de plus.\n") -> None:
    file.write_text(file.read_text("utf-8") + text, "utf-8")


def boom(_document: Document, _world: World) -> Iterator[Statement]:
    raise ValueError("oops\x1b[31m")
    yield


def breaking(monkeypatch: pytest.MonkeyPatch, broken: Callable[[Rule], bool]) -> None:
    rules = tuple(rule._replace(check=boom) if broken(rule) else rule for rule in load_rules())
    monkeypatch.setattr("rules.loader.load_rules", lambda: rules)


def test_a_rule_of_ours_that_breaks_is_told_in_every_form(
    greffier: Greffier, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(work / LISTED)
    breaking(monkeypatch, lambda rule: rule.criterion == "A3" and rule.severity is Severity.BLOCKING)
    for lang, verdict, ours in (
        ("fr", "⏳ Rien à corriger. greffier n'a pas pu vérifier 1 critère", "la panne vient de lui"),
        ("en", "⏳ Nothing to correct. greffier could not fully check 1 criterion", "failure is its own"),
    ):
        ran = greffier("check", "--repo", work, "--lang", lang)
        assert ran.code == 3
        assert ran.out.startswith(verdict)
        assert "greffier est en panne" in ran.err or "greffier failed" in ran.err
        assert "broken: documentation-online: ValueError: oops" in ran.err
        assert "\x1b" not in ran.err
        ran = greffier("check", "--repo", work, "--lang", lang, "--format", "github")
        assert ran.code == 3
        assert re.search(rf"^::warning file={LISTED},line=1,endLine=1,title=A3::.*{ours}", ran.out, re.MULTILINE)
        assert ran.out.rstrip().split("\n")[-1].startswith(verdict)
    (a3,) = _criteria(greffier("check", "--repo", work, "--format", "json").out, "A3")
    assert (a3["outcome"], a3["question"]) == ("cant_tell", None)
    assert a3["reason"].startswith("broken: ")


def test_advice_that_breaks_is_told_too(greffier: Greffier, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(work / LISTED)
    breaking(monkeypatch, lambda rule: rule.id == "call-limits")
    ran = greffier("check", "--repo", work)
    assert ran.code == 3
    assert ran.out.startswith("✅ Rien à corriger. greffier n'a pas pu vérifier 1 critère")


def test_a_fault_of_the_entry_does_not_hide_one_of_ours(
    greffier: Greffier, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(work / LISTED, ("is_open: 1", "is_open: oui"))
    breaking(monkeypatch, lambda rule: rule.criterion in ("A1", "A3"))
    ran = greffier("check", "--repo", work)
    assert ran.code == 3
    assert ran.out.startswith("❌ 1 point à corriger avant la publication. greffier n'a pas pu vérifier 2 critères")


def test_a_header_unreadable_before_the_request_is_told_as_such(greffier: Greffier, work: Path) -> None:
    edit(work / LISTED, ("tagline: ", "tagline: a : "))
    git(work, "commit", "-qam", "unreadable")
    append(work / LISTED)
    for lang, verdict in (
        ("fr", "⏳ Rien à corriger ; 5 critères en attente"),
        ("en", "⏳ Nothing to correct; 5 crit"),
    ):
        ran = greffier("check", "--repo", work, "--base", "HEAD", "--lang", lang)
        assert ran.code == 0
        assert ran.out.startswith(verdict)
    told = greffier("check", "--repo", work, "--base", "HEAD", "--format", "github").out
    assert f"::notice file={LISTED},line=1,endLine=1,title=A1%2C A2%2C A3%2C A4%2C A5::sera jugé" in told
    written = greffier("check", "--repo", work, "--base", "HEAD", "--format", "json").out
    assert json.loads(written)["conclusion"] == "action_required"
    assert [one["reason"] for one in _criteria(written, "F", "A1")] == [None, "unreadable"]


@pytest.mark.parametrize(
    ("entry", "gone"),
    [
        (LISTED, "doc_tech_link: /swaggers/api-hauteurs-eau.json\n"),
        ("_data/api/api-attestation-batelier.md", "Un environnement bac à sable"),
    ],
)
def test_a_listed_api_that_loses_what_proved_it_is_asked_about(
    greffier: Greffier, work: Path, entry: str, gone: str
) -> None:
    (a5,) = _criteria(greffier("check", "--repo", work, "--all", entry, "--format", "json").out, "A5")
    assert a5["outcome"] == "passed"
    text = (work / entry).read_text("utf-8")
    assert gone in text
    lines = (line for line in text.replace(gone, "").split("\n") if "bac à sable" not in line.lower())
    (work / entry).write_text("\n".join(lines), "utf-8")
    (a5,) = _criteria(greffier("check", "--repo", work, "--format", "json").out, "A5")
    assert a5["outcome"] == "cant_tell"
    assert a5["question"]


@pytest.mark.parametrize("link", ["/swaggers/zzz.json", "https://doc-tech-de-votre-site.fr", "https://swagger/api.yml"])
def test_no_link_that_the_documentation_is_refused_proves_that_the_api_can_be_tried(
    greffier: Greffier, work: Path, link: str
) -> None:
    new_api(work, "is_open: 1")
    edit(work / API, ("/swaggers/api-hauteurs-eau.json", link))
    ran = greffier("check", "--repo", work, API, "--format", "json")
    assert [one["outcome"] for one in _criteria(ran.out, "A3", "A5")] == ["failed", "cant_tell"]


@pytest.mark.parametrize("openness", ["", "is_open: oui", "is_open: true", "is_open:"])
def test_access_waits_for_the_degree_of_openness(greffier: Greffier, work: Path, openness: str) -> None:
    new_api(work, openness)
    (a4,) = _criteria(greffier("check", "--repo", work, API, "--format", "json").out, "A4")
    assert (a4["outcome"], a4["reason"]) == ("cant_tell", "field: is_open")
    told = greffier("check", "--repo", work, API).out
    assert "sera jugé dès que le champ `is_open` sera corrigé" in told


def test_a_field_to_be_corrected_before_the_request_is_told_as_such(greffier: Greffier, work: Path) -> None:
    edit(work / LISTED, ("is_open: 1", "is_open: oui"))
    git(work, "commit", "-qam", "unknown")
    append(work / LISTED)
    ran = greffier("check", "--repo", work, "--base", "HEAD")
    assert ran.out.startswith("⏳ Rien à corriger ; 1 critère en attente, car un champ était déjà à corriger avant")


@pytest.mark.parametrize("page", [" Voir le site", "\n  who: x", "\n  - Une administration", "\n  - who: x\n  - x"])
def test_access_waits_for_a_list_of_cases(greffier: Greffier, work: Path, page: str) -> None:
    new_api(work, f"is_open: -1\naccess_page:{page}")
    ran = greffier("check", "--repo", work, API, "--format", "json")
    (a4,) = _criteria(ran.out, "A4")
    assert a4["outcome"] in ("cant_tell", "failed")
    assert a4["evidence"] == []


def test_the_block_that_greffier_gives_must_be_adapted(greffier: Greffier, work: Path) -> None:
    new_api(work, "is_open: -1")
    edit(work / API, ("external_site:", "# external_site:"))
    (entry,) = json.loads(greffier("check", "--repo", work, API, "--format", "json").out)["entries"]
    (told,) = [one["message"]["fr"] for one in entry["findings"] if one["rule"] == "access-page-needed"]
    block = told[told.index("access_page:") :].split("\n```")[0]
    edit(work / API, ("is_open: -1", f"is_open: -1\n{block}"))
    (entry,) = json.loads(greffier("check", "--repo", work, API, "--format", "json").out)["entries"]
    assert "access-page-leads-somewhere" in [finding["rule"] for finding in entry["findings"]]
    edit(work / API, ("https://adresse-de-votre-formulaire", "https://bacs.example/demande"))
    (a4,) = _criteria(greffier("check", "--repo", work, API, "--format", "json").out, "A4")
    assert a4["outcome"] == "passed"


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize(
    ("file", "needed_by"),
    [
        ("public/images/api-logo/office-marees.png", "_data/producteurs/office-marees.md"),
        ("public/images/service-screenshot/partir-en-peniche.png", "_data/service/partir-en-peniche.md"),
        ("public/swaggers/api-hauteurs-eau.json", LISTED),
    ],
)
def test_a_file_that_goes_away_breaks_the_entries_that_need_it(
    greffier: Greffier, work: Path, file: str, needed_by: str, moved: bool
) -> None:
    if moved:
        (work / file).rename((work / file).with_stem("autre-nom"))
    else:
        (work / file).unlink()
    ran = greffier("check", "--repo", work)
    assert (ran.code, ran.out.split("\n")[0]) == (1, "❌ 1 point à corriger avant la publication.")
    assert f"\n{needed_by}:" in ran.out
    assert greffier("check", "--repo", work, file).code == 1
    assert greffier("check", "--repo", work, "_data").code == 0


def new_api(folder: Path, openness: str = "is_open: 0\naccount_link: https://bacs.example/compte") -> None:
    """Put a new API of a new producer, which is no public body."""
    sheet = "---\nname: Régie privée des bacs SARL\nlogo: office-marees.png\ntype: Société\n---\n"
    (folder / "_data/producteurs/regie.md").write_text(sheet, "utf-8")
    text = (folder / LISTED).read_text("utf-8").replace("office-marees", "regie").replace("Hauteurs d'eau", "Bacs")
    text = text.replace("is_open: 1", openness)
    (folder / API).write_text(text, "utf-8")


@pytest.mark.parametrize("words", [[], ["--all"]])
def test_without_git_nothing_is_known_to_be_listed(greffier: Greffier, work: Path, words: list[str]) -> None:
    new_api(work)
    shutil.rmtree(work / ".git")
    ran = greffier("check", "--repo", work, *words, API, "--format", "json")
    asked = _criteria(ran.out, "A1", "A2", "A5")
    assert [one["outcome"] for one in asked if one["question"]] == ["cant_tell"] * 3
    assert "Rien ne dit ici quelles fiches étaient déjà au catalogue" in ran.err


def test_everything_asks_about_what_the_base_lacks(greffier: Greffier, work: Path) -> None:
    new_api(work)
    ran = greffier("check", "--repo", work, "--all", API, LISTED, "--format", "json")
    listed, new = sorted(json.loads(ran.out)["entries"], key=lambda entry: entry["path"] == API)
    assert [one["id"] for one in new["criteria"] if one["question"]] == ["A1", "A2", "A5"]
    assert not [one for one in listed["criteria"] if one["question"]]
    assert ran.err == ""
    git(work, "add", ".")
    git(work, "commit", "-qm", "new")
    ran = greffier("check", "--repo", work, "--all", "--base", "HEAD", API, "--format", "json")
    assert json.loads(ran.out)["conclusion"] == "success"


def test_the_questions_of_a_whole_catalogue_are_counted(greffier: Greffier, work: Path) -> None:
    shutil.rmtree(work / ".git")
    for number in range(MOST_ENTRIES):
        edit(shutil.copy(work / LISTED, work / f"_data/api/api-{number}.md"), ("title: ", f"title: {number} "))
    ran = greffier("check", "--repo", work)
    assert re.search(r"À trancher par l'équipe du catalogue\n\n\d+ en tout\. .* par exemple _data/api/", ran.out)
    assert ran.out.count("\n") < 60


@pytest.mark.parametrize("git_there", [True, False])
def test_the_catalogue_is_found_from_the_first_path(
    greffier: Greffier, work: Path, monkeypatch: pytest.MonkeyPatch, git_there: bool
) -> None:
    edit(work / LISTED, ("is_open: 1", "is_open: oui"))
    if not git_there:
        shutil.rmtree(work / ".git")
    monkeypatch.chdir(work.parent)
    for named in (work, work / "_data/api", work / LISTED, "work", f"work/{LISTED}"):
        ran = greffier("check", named)
        assert (ran.code, ran.out.split("\n")[0][:1]) == (1, "❌"), (named, ran.err)
        assert f"\n{LISTED}:" in ran.out
    monkeypatch.chdir(work)
    assert greffier("check", LISTED).code == 1
    (work / "_data/service/partir-en-peniche.md").unlink()
    assert greffier("check", "_data/service/partir-en-peniche.md").code == (0 if git_there else 2)


def test_an_entry_alone_is_told_where_to_stand(greffier: Greffier, work: Path, tmp_path: Path) -> None:
    lone = shutil.copy(work / LISTED, tmp_path)
    for lang, sentence in (("fr", "rangez-la d'abord dans un clone"), ("en", "first put it in a clone")):
        ran = greffier("check", lone, "--lang", lang)
        assert (ran.code, ran.out) == (2, "")
        assert sentence in ran.err


def _criteria(written: str, *names: str) -> list[dict[str, str]]:
    (entry,) = json.loads(written)["entries"]
    found = {one["id"]: one for one in entry["criteria"]}
    return [found[name] for name in names]
