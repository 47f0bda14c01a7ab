"""The public pages: every rule, by criterion, and each one explained with its examples. They need no secret
and no database, only the rule files."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, make_response, render_template

from rules.examples import examples_of
from rules.loader import load_criteria
from rules.model import Rule

_FRESH = 300  # seconds that a browser may keep a page


def rule_pages(rules: Sequence[Rule]) -> Blueprint:
    """Return the pages of `rules`."""
    pages = Blueprint("rules", __name__)
    by_id = {rule.id: rule for rule in rules}
    criteria = load_criteria()
    groups = [(criterion, [rule for rule in rules if rule.criterion == id_]) for id_, criterion in criteria.items()]

    @pages.get("/regles")
    def every() -> Response:
        return _kept(render_template("rules.html", groups=groups))

    @pages.get("/regles/<name>")
    def one(name: str) -> Response:
        rule = by_id.get(name) or abort(404)
        return _kept(
            render_template("rule.html", rule=rule, criterion=criteria[rule.criterion], examples=examples_of(rule))
        )

    return pages


def _kept(page: str) -> Response:
    response = make_response(page)
    response.cache_control.private = True
    response.cache_control.max_age = _FRESH
    return response
