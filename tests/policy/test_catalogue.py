"""The indexes of the catalogue: who names whom, and which names look the same."""

import pytest

from rules.catalogue import Catalogue, World, counts, fold, strings
from rules.document import Document, parse
from rules.model import Kind
from rules.nearest import nearest


def doc(path: str, header: str) -> Document:
    return parse(path, f"---\n{header}\n---\n")


TIDES = doc("_data/api/api-marees.md", "title: API Marées\nproducer: office\npartners: [ville, 3]")
TWIN = doc("_data/api/API_Marees.md", "title: api marees")
UNTITLED = doc("_data/api/api-sans-titre.md", "tagline: rien")
BOAT = doc("_data/service/barque.md", "title: Barque\napi: [API Marées]")
OFFICE = doc("_data/producteurs/office.md", "name: Office")
CATALOGUE = Catalogue([TIDES, TWIN, UNTITLED, BOAT, OFFICE], ["public/images/api-logo/office.png"])


def test_entries_are_found_by_the_names_that_others_use() -> None:
    assert CATALOGUE.producers == {"office": OFFICE}
    assert CATALOGUE.apis_by_title["API Marées"] == (TIDES,)
    assert CATALOGUE.apis_of_producer["office"] == (TIDES,)
    assert CATALOGUE.naming["API Marées"] == (BOAT,)
    assert CATALOGUE.partnered == {"ville": (TIDES,)}
    assert {"public/images/api-logo/office.png", TIDES.path} <= CATALOGUE.files


def test_folders() -> None:
    assert Catalogue([], ["public/images/a/b.png"]).folders == {"public", "public/images", "public/images/a"}


def test_entries_are_found_by_the_files_that_they_need() -> None:
    linked = doc("_data/api/a.md", "doc_tech_link: /swaggers/a.json\ndoc_tech_external: https://a.example/a.json")
    shown = doc("_data/service/a.md", "screenshot: a.png")
    sheet = doc("_data/producteurs/a.md", "logo: a.svg")
    assert Catalogue([linked, shown, sheet]).needing == {
        "public/swaggers/a.json": (linked,),
        "public/images/service-screenshot/a.png": (shown,),
        "public/images/api-logo/a.svg": (sheet,),
    }


@pytest.mark.parametrize(
    ("path", "does"),
    [
        ("_data/api/a.md", True),
        ("public/swaggers/a.json", True),
        ("public/images/api-logo/a.svg", True),
        ("public/images/service-screenshot/a.png", True),
        ("public/images/background.png", False),
        ("_data/themes.yml", False),
        ("README.md", False),
    ],
)
def test_files_that_may_change_what_a_rule_says(path: str, does: bool) -> None:
    assert counts(path) is does


def test_names_that_look_the_same_are_found_together() -> None:
    assert CATALOGUE.by_folded_title[Kind.API, "api marees"] == (TIDES, TWIN)
    assert CATALOGUE.same_path(doc("_data/api/Api_Marées.md", "a: 1")) == (TWIN,)
    assert CATALOGUE.same_path(UNTITLED) == (UNTITLED,)
    assert CATALOGUE.same_path(doc("_data/api/ailleurs.md", "a: 1")) == ()


@pytest.mark.parametrize(("text", "folded"), [("  L'École_n°1 ", "l ecole n 1"), ("", "")])
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_strings_of_anything_but_a_list_are_none() -> None:
    assert strings("texte") == ()
    assert strings(["a", 1, None]) == ("a",)


def test_the_world_knows_what_the_request_renames() -> None:
    new = doc("_data/api/api-vagues.md", "title: API Vagues")
    world = World(Catalogue([new, UNTITLED]), Catalogue([TIDES, UNTITLED]), {new.path: TIDES.path})
    assert world.retitled == {"API Marées": "API Vagues"}
    assert world.previous(new) is TIDES
    assert world.titles == {"API Vagues"}


def test_nothing_is_renamed_where_nothing_is_compared() -> None:
    assert World(CATALOGUE).retitled == {}
    assert World(CATALOGUE).previous(TIDES) is None


def test_the_nearest_name_is_worth_saying_or_none_is() -> None:
    assert nearest("ofice", ["mairie", "office"]) == "office"
    assert nearest("ÉCOLE", ["ecole"]) == "ecole"
    assert nearest("zzz", ["office"]) is None
    assert nearest("x", []) is None
