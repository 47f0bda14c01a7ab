"""The checks of criteria S1 and S2, where an example of a rule file can't say it."""

from dataclasses import replace

from rules.catalogue import Catalogue, World
from rules.checks import service
from rules.document import parse
from rules.model import Proof, Question

SERVICE = "_data/service/partir-en-peniche.md"
API = "_data/api/api-annuaire-ecluses.md"


def renamed(sample: Catalogue, *services: str) -> World:
    """The world where an API has a new title, and the service names `services`."""
    api = parse(API, sample.documents[API].text.replace("Annuaire des écluses", "Écluses"))
    text = "---\ntitle: Partir en péniche\napi:\n" + "".join(f"  - {title}\n" for title in services) + "---\n"
    after = {**sample.documents, API: api, SERVICE: parse(SERVICE, text)}
    return World(Catalogue(after.values(), sample.files), sample)


def test_a_new_title_of_the_same_api_asks_nothing_again(sample: Catalogue) -> None:
    world = renamed(sample, "API Écluses")
    assert list(service.essential_feature(world.after.documents[SERVICE], world)) == [
        Proof("/api", {"kept": ("API Écluses",)})
    ]


def test_a_service_that_changes_all_its_apis_is_asked_about_again(sample: Catalogue) -> None:
    world = renamed(sample, "API Heures publiques")
    (said,) = service.essential_feature(world.after.documents[SERVICE], world)
    assert isinstance(said, Question)


def test_a_service_without_api_is_not_asked_about(sample: Catalogue) -> None:
    document = replace(sample.documents[SERVICE], data={"title": "Partir en péniche"})
    assert list(service.essential_feature(document, World(sample))) == []


def test_an_api_that_can_not_be_read_for_now_is_still_named(sample: Catalogue) -> None:
    broken = parse(API, "---\ntitle: 'API\n---\n")
    world = World(Catalogue({**sample.documents, API: broken}.values(), sample.files), sample)
    (said,) = service.api_exists(sample.documents[SERVICE], world)
    assert isinstance(said, Proof)
