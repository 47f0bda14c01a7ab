"""What the tests share: the rules, and the made-up catalogue that their examples stand in."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main
from rules.catalogue import Catalogue
from rules.document import kind_of, parse
from rules.loader import load_rules
from rules.model import Rule
from tests.databases import postgres

WAITERS = 2  # test processes per processor: half of the time they wait for others

SAMPLE = Path(__file__).parent.parent / "bot/playground/sample/catalogue"


def pytest_xdist_auto_num_workers() -> int:
    """Return what `-n auto` means."""
    return WAITERS * len(os.sched_getaffinity(0))


@pytest.fixture(scope="session")
def rules() -> tuple[Rule, ...]:
    return load_rules()


@pytest.fixture(scope="session")
def sample() -> Catalogue:
    files = {path.relative_to(SAMPLE).as_posix(): path for path in sorted(SAMPLE.rglob("*")) if path.is_file()}
    documents = [parse(path, files[path].read_bytes()) for path in files if kind_of(path)]
    return Catalogue(documents, files)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `greffier sample` writes: a clone with one branch per made-up request. Nobody may change it."""
    folder = tmp_path_factory.mktemp("sample") / "demo"
    with pytest.raises(SystemExit):
        main(["sample", str(folder)])
    return folder


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def greffier(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Runs a command of greffier in a French locale."""
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")

    def run(*words: str | Path) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        printed = capsys.readouterr()
        return Ran(int(stopped.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL, without a database, of a PostgreSQL server of our own."""
    with postgres() as url:
        yield url
