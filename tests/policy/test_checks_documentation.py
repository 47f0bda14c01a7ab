"""The checks of criterion A3, where an example of a rule file can't say it."""

import pytest

from rules.catalogue import Catalogue, World
from rules.checks import documentation
from rules.document import parse
from rules.model import Fault, Proof, Statement


def test_nothing_is_said_of_a_swagger_where_no_file_name_is_known() -> None:
    document = parse("_data/api/a.md", "---\ndoc_tech_link: /swaggers/a.json\n---\n")
    assert list(documentation.swagger_exists(document, World(Catalogue([document])))) == []


def test_a_swagger_can_not_be_a_file_of_another_folder(sample: Catalogue) -> None:
    document = parse("_data/api/a.md", "---\ndoc_tech_link: /swaggers/../../_data/roadmap.md\n---\n")
    (said,) = documentation.swagger_exists(document, World(sample))
    assert isinstance(said, Fault)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("/zzz.json", [Fault("/doc_tech_link", {"value": "/zzz.json"})]),
        ("/openapi.json", [Proof("/doc_tech_link", {"value": "/openapi.json"})]),
        ("/documentation", []),  # a page, not a file
        ("/les-api/api_gallica", []),  # of this folder, nothing is known
        ("/images/notices/zzz.json", []),
        ("/swaggers/old/zzz.json", [Fault("/doc_tech_link", {"value": "/swaggers/old/zzz.json"})]),
    ],
)
def test_a_path_of_the_site_is_looked_up_where_the_names_are_known(link: str, said: list[Statement]) -> None:
    document = parse("_data/api/a.md", f"---\ndoc_tech_link: {link}\n---\n")
    files = ("public/openapi.json", "public/images/api-logo/a.png", "public/swaggers/marees.json")
    assert list(documentation.swagger_exists(document, World(Catalogue([document], files)))) == said


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("openapi.json", None),  # the name of a file is no site
        ("notice.pdf", None),
        ("./api-hauteurs-eau.json", "/swaggers/api-hauteurs-eau.json"),
        ("www.marees.gouv.example/openapi.json", "https://www.marees.gouv.example/openapi.json"),
    ],
)
def test_an_address_is_completed_where_it_can_be(written: str, better: str | None, sample: Catalogue) -> None:
    document = parse("_data/api/a.md", f"---\ntitle: A\ndoc_tech_link: {written}\n---\n")
    (said,) = documentation.placeholder(document, World(sample))
    assert isinstance(said, Fault)
    assert (said.fix and said.fix.text) == (better and f"doc_tech_link: {better}")
