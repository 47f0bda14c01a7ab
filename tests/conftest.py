"""What the tests share: the rules, and the made-up catalogue that their examples stand in."""

from pathlib import Path

import pytest

from rules.catalogue import Catalogue
from rules.document import kind_of, parse
from rules.loader import load_rules
from rules.model import Rule

SAMPLE = Path(__file__).parent.parent / "bot/playground/sample/catalogue"


@pytest.fixture(scope="session")
def rules() -> tuple[Rule, ...]:
    return load_rules()


@pytest.fixture(scope="session")
def sample() -> Catalogue:
    files = {path.relative_to(SAMPLE).as_posix(): path for path in sorted(SAMPLE.rglob("*")) if path.is_file()}
    documents = [parse(path, files[path].read_bytes()) for path in files if kind_of(path)]
    return Catalogue(documents, files)
