"""« Did you mean »: the candidate that looks most like a word, case and accents aside."""

from __future__ import annotations

from collections.abc import Iterable

from rules.catalogue import fold

LIKE_ENOUGH = 75  # of 100, by rapidfuzz's ratio: one letter in four may differ


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate nearest to `word`, or None when none is near enough to be worth saying."""
    from rapidfuzz import fuzz, process  # 30 ms to import: only requests with a slip pay for it

    names = list(candidates)
    found = process.extractOne(fold(word), [fold(name) for name in names], scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
    return names[found[2]] if found else None
