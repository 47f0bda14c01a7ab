"""What the tests share: the rules, and the made-up catalogue that their examples stand in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.catalogue import Catalogue
from rules.document import kind_of, parse
from rules.loader import load_rules
from rules.model import Rule
from tests.databases import postgres

SAMPLE = Path(__file__).parent.parent / "bot/playground/sample/catalogue"


@pytest.fixture(scope="session")
def rules() -> tuple[Rule, ...]:
    return load_rules()


@pytest.fixture(scope="session")
def sample() -> Catalogue:
    files = {path.relative_to(SAMPLE).as_posix(): path for path in sorted(SAMPLE.rglob("*")) if path.is_file()}
    documents = [parse(path, files[path].read_bytes()) for path in files if kind_of(path)]
    return Catalogue(documents, files)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL, without a database, of a PostgreSQL server of our own."""
    with postgres() as url:
        yield url
