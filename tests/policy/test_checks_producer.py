"""The checks of criterion A1, where an example of a rule file can't say it."""

from collections.abc import Iterable

import pytest

from rules.catalogue import Catalogue, World
from rules.checks import producer
from rules.document import Document, parse
from rules.model import Fault, Proof, Question

API = "_data/api/phares.md"


def world(
    sample: Catalogue, *texts: tuple[str, str], gone: Iterable[str] = (), moved: dict[str, str] | None = None
) -> World:
    kept = {path: document for path, document in sample.documents.items() if path not in set(gone)}
    after = kept | {path: parse(path, text) for path, text in texts}
    return World(Catalogue(after.values(), sample.files), sample, moved or {})


def api(*lines: str) -> Document:
    return parse(API, "\n".join(["---", "title: API Phares", *lines, "---", ""]))


def test_a_sheet_renamed_by_the_request_is_recognised(sample: Catalogue) -> None:
    old, new = "_data/producteurs/office-marees.md", "_data/producteurs/omi-nouveau.md"
    seen = world(sample, (new, sample.documents[old].text), gone=[old], moved={new: old})
    document = sample.documents["_data/api/api-hauteurs-eau.md"]
    (fault,) = producer.has_sheet(document, seen)
    assert isinstance(fault, Fault)
    assert fault.facts["near"] == "omi-nouveau"
    assert fault.fix is not None
    assert parse(document.path, fault.fix.apply(document.text)).data["producer"] == "omi-nouveau"


def test_the_ready_sheet_says_what_the_entry_said(sample: Catalogue) -> None:
    document = api(
        "owner: 'Phares : le service'", "owner_acronym: PLS", "external_site: https://pls.example/a", "producer: PLSX"
    )
    (fault,) = producer.has_sheet(document, world(sample))
    assert fault.facts["new_path"] == "_data/producteurs/plsx.md"
    assert fault.facts["slug"] == "plsx"
    sheet = parse(str(fault.facts["new_path"]), str(fault.facts["sheet"]))
    assert sheet.data == {
        "name": "Phares : le service",
        "acronym": "PLS",
        "logo": "plsx.png",
        "type": "Etablissement public",
        "site": "https://pls.example",
    }


@pytest.mark.parametrize(
    ("value", "name", "acronym"),
    [("SNPM", "Nom complet de l'organisme", "SNPM"), ("'???'", "Nom complet de l'organisme", None)],
)
def test_a_sheet_is_offered_for_any_name(sample: Catalogue, value: str, name: str, acronym: str | None) -> None:
    (fault,) = producer.has_sheet(api(f"producer: {value}"), world(sample))
    sheet = parse(str(fault.facts["new_path"]), str(fault.facts["sheet"]))
    assert sheet.problem is None
    assert sheet.slug != ""
    assert (sheet.data["name"], sheet.data.get("acronym")) == (name, acronym)


def test_no_fix_where_the_owner_can_not_be_rewritten(sample: Catalogue) -> None:
    document = parse(API, "---\n{title: API Phares, owner: OMI}\n---\n")
    (fault,) = producer.declared(document, world(sample))
    assert fault.facts["near"] == "office-marees"
    assert fault.fix is None


def test_a_producer_that_is_not_known_yet_is_asked_about_once(sample: Catalogue) -> None:
    sheet = ("_data/producteurs/phares.md", "---\nname: Les phares\n---\n")
    entry = api("producer: phares")
    seen = world(sample, sheet, (API, entry.text))
    assert list(producer.is_public(seen.after.documents[sheet[0]], seen)) == []
    assert list(producer.is_public(seen.after.documents[API], seen)) == [
        Question("/producer", {"name": "Les phares", "about": "phares"})
    ]


def test_nobody_is_asked_about_a_body_without_a_sheet(sample: Catalogue) -> None:
    assert list(producer.is_public(api("producer: phares"), world(sample))) == []


def test_the_only_api_of_a_producer_proves_nothing_by_itself(sample: Catalogue) -> None:
    document = sample.documents["_data/api/api-sentiers-balises.md"]
    (said,) = producer.is_public(document, World(sample, sample))
    assert isinstance(said, Question)
    (said,) = producer.is_public(api("producer: agence-sentiers"), World(sample, sample))
    assert isinstance(said, Proof)
    (said,) = producer.is_public(api("producer: agence-sentiers"), World(sample))
    assert isinstance(said, Question)
