"""Ask every applicable rule about one document. A broken rule never silences the others."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from rules.catalogue import World
from rules.document import Document
from rules.model import CantTell, Decider, Fault, Outcome, Proof, Question, Rule, Statement, Verdict

MOST_STATEMENTS = 20  # of one rule on one entry: each may cost a reading of the whole file, and nobody needs more


def judge(
    rules: Iterable[Rule], document: Document, world: World, most: int | None = MOST_STATEMENTS
) -> tuple[Verdict, ...]:
    """Return the verdict of every rule that applies to the document's kind, in the order of the rules. A rule makes
    at most so many statements; all of them where there is no bound."""
    return tuple(_verdict(rule, document, world, most) for rule in rules if document.kind in rule.applies_to)


def _verdict(rule: Rule, document: Document, world: World, most: int | None) -> Verdict:
    if document.problem and rule.reads:
        return Verdict(rule, Outcome.CANT_TELL, reason="unreadable")
    try:
        found = rule.check(document, world)
        statements = tuple(islice(found, most))
        if not statements:  # as most rules find nothing to say of most entries
            return Verdict(rule, Outcome.INAPPLICABLE)
        if most and len(statements) == most and next(found, None) is not None:
            statements = (*statements[:-1], _with_more(statements[-1], most))
        said = {type(statement) for statement in statements}
        asks = Question in said and Fault not in said
        unchanged = asks and rule.decider is Decider.HUMAN and _unchanged(rule, document, world)
    except CantTell as error:
        return Verdict(rule, Outcome.CANT_TELL, reason=f"field: {error.key}")
    except Exception as error:  # a fault of ours must never pass for a fault of the contributor
        return Verdict(rule, Outcome.CANT_TELL, reason=f"broken: {rule.id}: {type(error).__name__}: {error}")
    if Fault in said:
        return Verdict(rule, Outcome.FAILED, statements)
    if unchanged:
        return Verdict(rule, Outcome.PASSED, (Proof(rule.key),), reason="unchanged")
    if asks:
        return Verdict(rule, Outcome.CANT_TELL, statements)
    return Verdict(rule, Outcome.PASSED, statements)


def _with_more(statement: Statement, most: int) -> Statement:
    """Return the last of the statements that are kept, with the number of those, so that no one believes it is all."""
    return statement._replace(facts={**statement.facts, "only_first": most})


def _unchanged(rule: Rule, document: Document, world: World) -> bool:
    """Whether a listed entry keeps all that the question is about, and a person had to answer it then too, as
    nothing proved it: then nobody is asked again."""
    previous = world.previous(document)
    if previous is None or world.before is None:
        return False
    same = all(_read(previous, key) == _read(document, key) for key in rule.reads)
    return same and any(isinstance(said, Question) for said in rule.check(previous, World(world.before)))


def _read(document: Document, key: str) -> object:
    return document.body.strip() if key == "body" else document.data.get(key)
