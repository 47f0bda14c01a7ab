"""From a hint to the pull requests it is about: asks GitHub what the door, which holds no key, could not."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from bot.errors import GreffierError
from bot.forge import Forge
from bot.hint import Hint, Target
from bot.state import PullRef

log = logging.getLogger(__name__)

_WRITERS = frozenset({"admin", "write"})


def follow(hint: Hint, forge: Forge) -> Iterator[Target]:
    """Yield the pull requests to look at; none where a stranger asked. Raises Retry and Refused."""
    names = [(owner, repo) for owner, _, repo in (name.partition("/") for name in hint.repos)]
    if hint.number is None:
        for owner, repo in names or forge.repositories():
            for ref in forge.open_pulls(owner, repo):
                yield Target(hint.installation, ref)
        return
    ((owner, repo),) = names
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
