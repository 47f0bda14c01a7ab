"""What a delivery asks for, as small frozen data that survives in the queue as JSON.

A delivery is only a hint that pull requests changed: it says where to look, never what was found.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from bot.state import PullRef

Json = dict[str, Any]

_NAMED = 3  # repositories that a hint names when it is told: an installation may have thousands


@dataclass(frozen=True, slots=True)
class Target:
    """A pull request to look at again, and the App installation through which it is reached.

    `installation` is None where a personal token is used instead of an App. `again` is for a person who
    asked: the review is made even where nothing changed since the last one. `since` is the check run that was
    there then, 0 where there was none: a newer one has answered already. `later` counts how often the
    sites that had not answered were asked again since.
    """

    installation: int | None
    ref: PullRef
    again: bool = False
    later: int = 0
    since: int | None = None

    def as_json(self) -> Json:
        """Return plain JSON from which `from_json` makes an equal target."""
        return asdict(self)

    @classmethod
    def from_json(cls, made: Json) -> Self:
        """Return the target of which `made` is the JSON; what another version of the service added is left out."""
        known = {one.name: made[one.name] for one in fields(cls) if one.name in made}
        return cls(**{**known, "ref": PullRef(**made["ref"])})


@dataclass(frozen=True, slots=True)
class Hint:
    """Where to look: one pull request, or every open one of some repositories.

    `repos` holds `owner/repo` names; empty, it stands for all repositories of the installation from
    that `page` of their list on.
    `number` is a pull request of the only repository, or None for all that are open.
    `comment` is the comment that asked, to be acknowledged. `asker` is the login of the person who
    must have write permission to be heard; empty where nothing needs checking. `again` is as in Target.
    `missed` stands for the deliveries that never arrived: GitHub is asked to send them again.
    """

    installation: int | None
    repos: tuple[str, ...]
    number: int | None = None
    comment: int | None = None
    asker: str = ""
    again: bool = False
    missed: bool = False
    page: int = 1

    def as_json(self) -> Json:
        """Return plain JSON from which `from_json` makes an equal hint."""
        return asdict(self)

    @classmethod
    def from_json(cls, made: Json) -> Self:
        """Return the hint of which `made` is the JSON; what another version of the service added is left out."""
        known = {one.name: made[one.name] for one in fields(cls) if one.name in made}
        return cls(**{**known, "repos": tuple(made["repos"])})

    def __str__(self) -> str:
        if self.missed:
            return "missed deliveries"
        if self.number is not None:
            return f"{self.repos[0]}#{self.number}"
        if not self.repos:
            return f"installation {self.installation}" + (f", page {self.page}" if self.page > 1 else "")
        more = len(self.repos) - _NAMED
        return ", ".join(self.repos[:_NAMED]) + (f" (+ {more})" if more > 0 else "")
