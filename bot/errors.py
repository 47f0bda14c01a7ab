"""What can go wrong, sorted by who must act.

    GreffierError
    ├── Retry      time will mend it: 5xx, a lost connection. The job comes back.
    │   ├── Absent     GitHub does not show it: not yet, as its copies lag, or never. Few attempts tell.
    │   └── Limited    a rate limit: it comes back when GitHub says, as often as it takes.
    ├── Refused    an operator must act: a permission, a key. The job is given up.
    │   └── Invalid    GitHub refuses what a request says (422).
    │       └── Unplaced   the comments of a review, for the lines they are on.
    ├── TooLarge   there is more than GitHub shows, or than we read: told on the request, in both languages.
    └── Unusable   whoever typed the command must act: told in their own language.

A contributor's fault is none of these: it is a Finding, a value.
"""

from __future__ import annotations

from rules.model import Text


class GreffierError(Exception):
    """Any of the errors below; the message says what happened and what to do next."""


class Retry(GreffierError):
    """Time will mend it. `after` is how many seconds GitHub asks to wait, None where it does not say.

    The outcome of a write is then unknown: whoever comes back looks before writing again.
    """

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Absent(Retry):
    """GitHub does not show what is asked for: not yet, as its copies lag by some seconds, or never."""


class Limited(Retry):
    """GitHub asks this installation to wait. That says nothing of the job: it counts as no attempt."""


class Refused(GreffierError):
    """Trying again would give the same answer: an operator must act."""


class Invalid(Refused):
    """GitHub understood a request and refuses its content (422)."""


class Unplaced(Invalid):
    """GitHub refuses a review for one of its comments on lines, and took none of them."""


class TooLarge(GreffierError):
    """There is more to read than GitHub shows, or than we do. `text` tells the contributor what can be done: the
    words, with the numbers put in."""

    def __init__(self, words: Text, **numbers: int) -> None:
        self.text = Text(words.fr.format(**numbers), words.en.format(**numbers))
        super().__init__(self.text.fr)


class Unusable(GreffierError):
    """A command can't do what it is asked. `text` tells the person what to do, in both languages."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(fr)
        self.text = Text(fr, en)
