"""The checks of criterion A3, where an example of a rule file can't say it."""

from rules.catalogue import Catalogue, World
from rules.checks import documentation
from rules.document import parse
from rules.model import Fault


def test_nothing_is_said_of_a_swagger_where_no_file_name_is_known() -> None:
    document = parse("_data/api/a.md", "---\ndoc_tech_link: /swaggers/a.json\n---\n")
    assert list(documentation.swagger_exists(document, World(Catalogue([document])))) == []


def test_a_swagger_can_not_be_a_file_of_another_folder(sample: Catalogue) -> None:
    document = parse("_data/api/a.md", "---\ndoc_tech_link: /swaggers/../../_data/roadmap.md\n---\n")
    (said,) = documentation.swagger_exists(document, World(sample))
    assert isinstance(said, Fault)
