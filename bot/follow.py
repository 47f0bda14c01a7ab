"""From a hint to the pull requests it is about: asks GitHub what the door, which holds no key, could not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from bot.errors import Absent, GreffierError, Refused
from bot.forge import Forge
from bot.hint import Hint, Target
from bot.state import PullRef

log = logging.getLogger(__name__)

_WRITERS = frozenset({"admin", "write"})
_AT_ONCE = 100  # repositories asked for in one request


def follow(hint: Hint, forge: Forge) -> Iterator[Target | Hint]:
    """Yield the pull requests to look at; none where a stranger asked. Raises Retry and Refused.

    A hint at many repositories yields smaller hints too, each for a job of its own: so every job is short, and
    what fails makes nobody begin again. One costs two requests for 100 repositories, or one for each 100 pull
    requests of a single repository.
    """
    if hint.number is None:
        yield from _of_all(hint, forge)
        return
    ((owner, _, repo),) = (name.partition("/") for name in hint.repos)
    if hint.asker and forge.permission(owner, repo, hint.asker) not in _WRITERS:
        return
    ref = PullRef(owner, repo, hint.number)
    target = Target(hint.installation, ref, hint.again, since=forge.glance(ref).run if hint.again else None)
    if hint.comment is not None:
        try:
            forge.react(owner, repo, hint.comment)
        except GreffierError as fault:  # the comment may be gone already: what it asked for is done all the same
            log.warning("%s", fault)
    yield target


def _of_all(hint: Hint, forge: Forge) -> Iterator[Target | Hint]:
    """Yield all open pull requests of some repositories, or of a page of those of the installation."""
    names = hint.repos
    if not names:
        listed, more = forge.repositories(hint.page)
        if more:
            yield replace(hint, page=hint.page + 1)
        names = tuple(listed)
    if len(names) > _AT_ONCE:
        for start in range(0, len(names), _AT_ONCE):
            yield replace(hint, repos=names[start : start + _AT_ONCE])
    elif len(hint.repos) == 1:
        owner, _, repo = names[0].partition("/")
        for ref in forge.open_pulls(owner, repo):
            yield Target(hint.installation, ref)
    elif names:
        yield from _of_many(hint, names, forge)


def _of_many(hint: Hint, names: tuple[str, ...], forge: Forge) -> Iterator[Target | Hint]:
    alone = {name: replace(hint, repos=(name,), page=1) for name in names}
    try:
        found = forge.open_pulls_of(names)
    except (Refused, Absent):  # one of them is gone, or closed to us: it must not hide the others
        yield from alone.values()
        return
    for name, pulls in found.items():
        if pulls is None:
            yield alone[name]
        else:
            yield from (Target(hint.installation, ref) for ref in pulls)
