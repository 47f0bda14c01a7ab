"""`greffier rules`: what an entry is judged on, criterion by criterion, or one rule explained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from bot.commands import common
from bot.wording import Lang

if TYPE_CHECKING:
    from rules.model import Example, Rule

_WORDS = {
    "fr": {
        "help": "Montre les règles, critère par critère : ce que greffier vérifie, et ce qu'une personne tranche. "
        "RULE explique une seule règle, exemples à l'appui.",
        "format": "text : pour lire ; markdown : un tableau, pour une page web.",
        "epilog": "\b\nExemples :\n  greffier rules\n  greffier rules producer-has-sheet",
        "header": "| Critère | Règle | Qui décide | Effet |",
        "machine": "greffier",
        "human": "une personne",
        "blocking": "bloque",
        "advisory": "conseil",
        "question": "question",
        "good": "Bon exemple",
        "bad": "À corriger",
        "here": "<- ici",
    },
    "en": {
        "help": "Shows the rules, criterion by criterion: what greffier checks, and what a person decides. "
        "RULE explains one rule, with its examples.",
        "format": "text: to read; markdown: a table, for a web page.",
        "epilog": "\b\nExamples:\n  greffier rules\n  greffier rules producer-has-sheet",
        "header": "| Criterion | Rule | Who decides | Effect |",
        "machine": "greffier",
        "human": "a person",
        "blocking": "blocks",
        "advisory": "advice",
        "question": "question",
        "good": "Good example",
        "bad": "To correct",
        "here": "<- here",
    },
}


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    words = _WORDS[lang]
    return click.Command(
        "rules",
        callback=lambda **options: _rules(lang, **options),
        help=words["help"],
        epilog=words["epilog"],
        add_help_option=False,
        params=[
            click.Argument(["rule"], required=False),
            click.Option(
                ["--format", "form"], type=click.Choice(["text", "markdown"]), default="text", help=words["format"]
            ),
            *common(lang),
        ],
    )


def table(rules: Sequence[Rule], lang: Lang) -> str:
    """Return the rules as a Markdown table: criterion, rule, who decides, what a fault does."""
    from bot.wording import say
    from rules.loader import load_criteria

    rows = [_WORDS[lang]["header"], "| --- | --- | --- | --- |"]
    for criterion in load_criteria().values():
        name = f"**{criterion.id}** {say(criterion.title, lang)}"
        for rule in (rule for rule in rules if rule.criterion == criterion.id):
            rows.append(
                f"| {name} | {say(rule.title, lang)} (`{rule.id}`) | {_decider(rule, lang)} | {_effect(rule, lang)} |"
            )
            name = ""
    return "\n".join(rows)


def _rules(lang: Lang, rule: str | None, form: str) -> None:
    """Print the rules, or one of them."""
    from bot.errors import Unusable
    from rules.loader import load_rules
    from rules.nearest import nearest

    rules = load_rules()
    if rule is None:
        click.echo(table(rules, lang) if form == "markdown" else "\n".join(_list(rules, lang)))
        return
    names = {one.id: one for one in rules}
    if rule not in names:
        near = nearest(rule, names)
        raise Unusable(
            f"Il n'y a pas de règle « {rule} ». "
            + (f"Vouliez-vous dire {near} ?" if near else "Voir `greffier rules`."),
            f"There is no rule “{rule}”. " + (f"Did you mean {near}?" if near else "See `greffier rules`."),
        )
    click.echo("\n".join(_explanation(names[rule], lang)))


def _list(rules: Sequence[Rule], lang: Lang) -> Iterator[str]:
    from bot.wording import say
    from rules.loader import load_criteria

    width = max(len(rule.id) for rule in rules)
    for criterion in load_criteria().values():
        yield click.style(f"{criterion.id} · {say(criterion.title, lang)}", bold=True)
        yield click.style(say(criterion.statement, lang), dim=True)
        for rule in (rule for rule in rules if rule.criterion == criterion.id):
            who = f"{_decider(rule, lang)}, {_effect(rule, lang)}"
            yield f"  {rule.id:{width}}  {say(rule.title, lang)} ({who})"
        yield ""


def _explanation(rule: Rule, lang: Lang) -> Iterator[str]:
    from bot.wording import say
    from rules.examples import examples_of

    yield click.style(say(rule.title, lang), bold=True)
    yield click.style(f"{rule.criterion} · {rule.id} · {_decider(rule, lang)}, {_effect(rule, lang)}", dim=True)
    yield f"\n{say(rule.why, lang)}"
    if rule.question.fr:
        yield f"\n{say(rule.question, lang)}"
    for example in examples_of(rule):
        yield click.style(f"\n{_WORDS[lang]['good' if example.good else 'bad']}", fg="green" if example.good else "red")
        yield from _example(example, _WORDS[lang]["here"])


def _example(example: Example, here: str) -> Iterator[str]:
    for number, line in enumerate(example.text.rstrip("\n").split("\n"), 1):
        yield f"  {line}" + (click.style(f"  {here}", fg="red") if number == example.line else "")
    for path, text in example.others.items():
        yield click.style(f"  {path}", dim=True)
        yield from (f"    {line}" for line in text.rstrip("\n").split("\n"))


def _decider(rule: Rule, lang: Lang) -> str:
    return _WORDS[lang][rule.decider]


def _effect(rule: Rule, lang: Lang) -> str:
    return _WORDS[lang]["question" if rule.decider == "human" else rule.severity]
