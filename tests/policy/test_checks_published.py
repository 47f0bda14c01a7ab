"""What the examples of the rule files can't show: a catalogue without file names, Windows line ends, real sizes."""

from rules.catalogue import Catalogue, World
from rules.checks.published import logo_file, roadmap_shape, staging_datapass
from rules.checks.references import internal_link
from rules.checks.themes import listed
from rules.document import Document, parse
from rules.model import Fault, Statement


def ask(check: object, text: str, path: str = "_data/api/api-bacs.md") -> list[Statement]:
    document: Document = parse(path, text)
    return list(check(document, World(Catalogue([document]))))  # type: ignore[operator]


def test_a_catalogue_without_file_names_says_nothing_of_files() -> None:
    assert ask(logo_file, "---\nlogo: port-sec.png\n---\n", "_data/producteurs/port-sec.md") == []
    assert ask(internal_link, "---\ntitle: a\n---\n[x](/swaggers/bacs.json) [y](/producteurs/port-sec)") == []


def test_an_address_is_no_file_name_whatever_the_files() -> None:
    (fault,) = ask(logo_file, "---\nlogo: https://a.example/b.png\n---\n", "_data/producteurs/port-sec.md")
    assert isinstance(fault, Fault)
    assert fault.fix is None


def test_a_blank_theme_is_an_empty_line() -> None:
    (fault,) = ask(listed, '---\nthemes:\n  - Transport\n  - " "\n---\n')
    assert isinstance(fault, Fault)
    assert fault.facts == {"blank": 4}
    assert fault.fix is not None


def test_the_suggested_line_keeps_windows_line_ends() -> None:
    text = "---\r\ntitle: a\r\nlink: https://staging.datapass.api.gouv.fr/x\r\n---\r\n"
    (fault,) = ask(staging_datapass, text)
    assert isinstance(fault, Fault)
    assert (fault.key, fault.line) == ("/link", 3)
    assert fault.fix is not None
    assert fault.fix.apply(text) == text.replace("staging.", "")


def test_links_far_apart_are_corrected_one_after_the_other() -> None:
    link = "https://staging.datapass.api.gouv.fr/x"
    text = f"---\ntitle: a\n---\n{link}\n\n{link}\n" + "texte\n" * 9000 + link
    (fault,) = ask(staging_datapass, text)
    assert isinstance(fault, Fault)
    assert (fault.line, fault.end_line) == (4, 6)
    assert fault.fix is not None
    assert fault.fix.apply(text) == text.replace("staging.", "", 2)


def test_a_trial_link_that_is_a_key_is_told_without_a_fix() -> None:
    (fault,) = ask(staging_datapass, '---\n"staging.datapass": 1\ndatapass: 2\n---\n')
    assert isinstance(fault, Fault)
    assert fault.fix is None


def test_a_link_told_once_for_each_field() -> None:
    text = "---\ntitle: a\ncontent_intro: /les-api/x /les-api/x\n---\n/les-api/x\n"
    faults = [said for said in ask(internal_link, text) if isinstance(said, Fault)]
    assert [(fault.key, fault.line) for fault in faults] == [("/content_intro", 3), ("", 5)]


def test_each_wrong_month_is_told() -> None:
    text = "---\n2023:\n  0: []\n  1:\n  2: []\n---\n"
    faults = [said for said in ask(roadmap_shape, text, "_data/roadmap.md") if isinstance(said, Fault)]
    assert [fault.key for fault in faults] == ["/2023/0", "/2023/1"]
