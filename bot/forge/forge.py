"""GitHub for one job: read a pull request, write to it, and the few other things that the service asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.blobs import Blobs
from bot.desired import CheckRun
from bot.external_id import given_up
from bot.forge import glance as first
from bot.forge import queries
from bot.forge.bounded import PER_PAGE
from bot.forge.calls import Call
from bot.forge.connection import Connection
from bot.forge.glance import Glance
from bot.forge.read import Reader
from bot.forge.write import Writer, post_check_run
from bot.state import Pull, PullRef
from bot.writes import Observed, PostCheckRun, Write

_UNFINISHED = "La relecture n'a pas pu aboutir"


class Forge:
    """Use one per job: it counts the job's requests, and stops them at its deadline.

    Every method raises Retry where time will mend it, and Refused where an operator must act.
    """

    def __init__(self, connection: Connection, blobs: Blobs, app: int | None, repositories: Sequence[str] = ()) -> None:
        self._connection, self._blobs, self._app, self._repositories = connection, blobs, app, repositories

    @property
    def calls(self) -> tuple[Call, ...]:
        """The requests so far, in their order; asking for a token is not among them."""
        return tuple(self._connection.calls)

    @property
    def has_checks(self) -> bool:
        """Whether check runs can be written: only Apps may."""
        return self._app is not None

    def glance(self, ref: PullRef) -> Glance:
        """Return where a pull request stands, in one request."""
        return first.glance(self._connection, ref, self._app)

    def files(self, glance: Glance) -> list[dict[str, Any]]:
        """Return the changed files, as REST lists them."""
        return Reader(self._connection, self._blobs, glance).files()

    def read(self, glance: Glance, files: Iterable[Mapping[str, Any]]) -> tuple[Pull, Observed]:
        """Return a pull request with both catalogues, and what GitHub shows of us on it."""
        return Reader(self._connection, self._blobs, glance).pull(files)

    def knows(self, glance: Glance, judgement: str) -> bool:
        """Whether the last review with this memory was this judgement, and no check run came since."""
        name, state = _left(glance, judgement)
        return self._blobs.get([name]) == {name: state}

    def remember(self, glance: Glance, judgement: str) -> None:
        """Keep in mind that all that a judgement led to is written: the next sweep need not look again."""
        self._blobs.put(dict([_left(glance, judgement)]))

    def write(self, ref: PullRef, writes: Sequence[Write], observed: Observed) -> None:
        """Send the writes in their order. Raises Unplaced where GitHub refuses a review for its comments."""
        Writer(self._connection, ref, observed).send(writes)

    def give_up(self, ref: PullRef, message: str) -> bool:
        """Say on the head that the review could not be completed: nothing about the entries, which were not
        judged. False where nothing is said: the request is closed, there is no App, or it is said already."""
        seen = self.glance(ref)
        if not seen.open or not self.has_checks or seen.check == given_up(ref):
            return False
        check = CheckRun("cancelled", _UNFINISHED, message, ())
        write = PostCheckRun(seen.head, given_up(ref), check)
        post_check_run(self._connection, _repository(ref.owner, ref.repo), write)
        return True

    def repositories(self, page: int) -> tuple[list[str], bool]:
        """Return one page, the first being 1, of the full names of all repositories that the installation sees, or
        that the settings name beside a personal token; and whether there may be another page.
        https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-app-installation"""
        if self._app is None:
            names = list(self._repositories[(page - 1) * PER_PAGE : page * PER_PAGE])
        else:
            where = {"per_page": PER_PAGE, "page": page}
            answer = self._connection.get("/installation/repositories", "repositories", **where)
            names = [repository["full_name"] for repository in answer["repositories"]]
        return names, len(names) == PER_PAGE

    def open_pulls(self, owner: str, repo: str) -> list[PullRef]:
        """Return the open pull requests of a repository."""
        found = self._connection.pages(f"{_repository(owner, repo)}/pulls", "open pull requests", state="open")
        return [PullRef(owner, repo, pull["number"]) for pull in found]

    def open_pulls_of(self, repositories: Sequence[str]) -> dict[str, list[PullRef] | None]:
        """Return the open pull requests of up to 100 repositories by full name, in one request; None for those
        that have more than it tells. Raises Refused where one of the repositories can't be read."""
        names = [full.split("/") for full in repositories]
        asked = {f"{key}{i}": part for i, full in enumerate(names) for key, part in zip("on", full, strict=True)}
        answer = self._connection.query(queries.open_pulls(len(names)), asked, "open pull requests of many")
        found: dict[str, list[PullRef] | None] = {}
        for i, (owner, repo) in enumerate(names):
            pulls = answer[f"r{i}"]["pullRequests"]
            told = [PullRef(owner, repo, pull["number"]) for pull in pulls["nodes"]]
            found[f"{owner}/{repo}"] = None if pulls["pageInfo"]["hasNextPage"] else told
        return found

    def permission(self, owner: str, repo: str, user: str) -> str:
        """Return what a person may do in a repository: `admin`, `write`, `read` or `none`.
        https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user"""
        path = f"{_repository(owner, repo)}/collaborators/{quote(user, safe='')}/permission"
        return str(self._connection.get(path, "permission")["permission"])

    def react(self, owner: str, repo: str, comment: int, reaction: str = "eyes") -> None:
        """Put a reaction (`eyes`, `+1`, …) on a comment of the conversation; twice is once.
        https://docs.github.com/rest/reactions/reactions#create-reaction-for-an-issue-comment"""
        path = f"{_repository(owner, repo)}/issues/comments/{comment}/reactions"
        self._connection.write("POST", path, "reaction", {"content": reaction})


def _left(glance: Glance, judgement: str) -> tuple[str, bytes]:
    """Return under which name it is remembered where a review left its request, and that state."""
    return f"left:{glance.ref.key}", f"{judgement} {glance.check}".encode()


def _repository(owner: str, repo: str) -> str:
    return f"/repos/{quote(owner, safe='')}/{quote(repo, safe='')}"
