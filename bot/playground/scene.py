"""The scene at the start: the made-up catalogue, the people around it, our App, and the sample pull requests."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import yaml

from bot.playground.model import App
from bot.playground.owners import Owners
from bot.playground.people import People
from bot.playground.store import Store
from bot.playground.traffic import Event

REPOSITORY = "exemple/catalogue"
TEAM = "equipe-catalogue"  # may write in the repository, so the bot heeds what they ask


def set_scene(store: Store, public_key: str) -> tuple[App, list[Event]]:
    """Fill an empty store; return the App, registered with a PEM key, and the events that opened the pull requests."""
    with as_file(files("bot") / "playground" / "sample") as sample:
        store.add_repository(REPOSITORY, contents(sample / "catalogue")).roles[TEAM] = "write"
        owners = Owners(store)
        app = owners.register_app("greffier", public_key)
        owners.install(app, REPOSITORY)
        return app, [_open(People(store), folder) for folder in pulls(sample)]


def pulls(sample: Path) -> list[Path]:
    """Return the folders of the sample pull requests by their number."""
    folders = [folder for folder in (sample / "pulls").iterdir() if folder.is_dir()]
    return sorted(folders, key=lambda folder: str(_told(folder)["number"]))


def contents(folder: Path) -> dict[str, bytes]:
    """Return what a folder holds by path, save what tells of a pull request."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name != "pull.yml"}


def _open(people: People, folder: Path) -> Event:
    told = _told(folder)
    changed = contents(folder)
    return people.open_pull(
        REPOSITORY, told["author"], told["title"], changed, branch=folder.name, body=told["body"].strip()
    )


def _told(folder: Path) -> dict[str, str]:
    told: dict[str, str] = yaml.safe_load((folder / "pull.yml").read_text("utf-8"))
    return told
