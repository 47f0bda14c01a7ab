"""Checks of `access_page`, the steps by which a reader learns whether access is for them and how to ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.catalogue import World, strings
from rules.checks.reading import host, is_real, text_of
from rules.document import Document, Value
from rules.fixes import with_value
from rules.model import CantTell, Facts, Fault, Fix, Proof, Statement

_ELIGIBLE: dict[object, int] = {"-1": -1, "0": 0, "1": 1, "oui": 1, "non": -1, "True": 1, "False": -1}
_LEADS = re.compile(r"<NextSteps\b|<QuestionTree\b")  # the site shows there what it knows of the access
_TARGET = re.compile(
    r"<(?:Button|External|a)\b[^<>]*\bhref=[\"']([^\"'\s]+)|\]\(([^)\s]+)|(?<![\"'=(])(https?://[^\s<>\"')\]]+)"
    r"|(\w@[\w-]+\.[\w.-]+)"
)
_PAGE = re.compile(r"/(?!rechercher-api)\w")
_BLOCK = """\
access_page:
  - who:
      - Une administration
    is_eligible: 1
    description: |
      Pour obtenir l'accès, remplissez une demande en indiquant le texte qui vous autorise à utiliser ces données.

      {button}
  - who:
      - Un particulier ou une entreprise
    is_eligible: -1
    description: |
      L'accès est réservé aux administrations.

      <Button href="/rechercher-api">Rechercher une autre API</Button>"""


def is_a_list(document: Document, _: World) -> Iterator[Statement]:
    """`access_page` is a list of cases, each with its own fields."""
    value = document.data.get("access_page")
    if not value:
        return
    if not isinstance(value, list):
        yield Fault("/access_page")
        return
    wrong = [n for n, entry in enumerate(value) if not isinstance(entry, dict)]
    for n in wrong:
        yield Fault(f"/access_page/{n}", {"value": str(value[n])})
    if not wrong:
        yield Proof("/access_page")


def entry_complete(document: Document, _: World) -> Iterator[Statement]:
    """Each case says in words what to do, and whether the reader is eligible: -1, 0 or 1."""
    cases = list(_cases(document))
    faults = (fault for n, case in cases for fault in _incomplete(document, n, case))
    if first := next(faults, None):
        yield first
        yield from faults
    elif cases:
        yield Proof("/access_page", {"count": len(cases)})


def who_is_a_list(document: Document, _: World) -> Iterator[Statement]:
    """The audiences of a case are a list of texts, even where there is only one."""
    cases = [(n, case["who"]) for n, case in _cases(document) if case.get("who") is not None]
    wrong = [(n, who) for n, who in cases if not isinstance(who, list)]
    for n, who in wrong:
        pointer = f"/access_page/{n}/who"
        fix = with_value(document, pointer, [who]) if isinstance(who, str) else None
        yield Fault(pointer, {"value": str(who)}, fix=fix)
    split = [(n, m) for n, who in cases if isinstance(who, list) for m, one in enumerate(who) if isinstance(one, dict)]
    for n, m in split:
        pointer = f"/access_page/{n}/who/{m}"
        written = document.raw_line(document.line(pointer)).strip().removeprefix("-").strip()
        yield Fault(pointer, {"item": written}, fix=with_value(document, pointer, written))
    if cases and not wrong and not split:
        yield Proof("/access_page")


def needed(document: Document, _: World) -> Iterator[Statement]:
    """A closed API says who may ask for access, and how."""
    openness = text_of(document, "is_open")
    if openness not in ("-1", "0", "1"):
        raise CantTell("is_open")
    if openness != "-1":
        return
    value = document.data.get("access_page")
    if value:
        if not isinstance(value, list) or any(not isinstance(case, dict) for case in value):
            raise CantTell("access_page")
        yield Proof("/access_page")
        return
    links = (text_of(document, "datapass_link"), text_of(document, "account_link"), text_of(document, "external_site"))
    link = next(filter(is_real, links), "https://adresse-de-votre-formulaire")
    block = _BLOCK.format(button=_button(link))
    empty = "access_page" in document.data
    facts: Facts = {"in_place": block, "at": document.line("/access_page")} if empty else {"block": block}
    yield Fault("/is_open", facts)


def leads_somewhere(document: Document, _: World) -> Iterator[Statement]:
    """In a closed API, at least one reader who may be eligible is shown where to go."""
    cases = list(_cases(document))
    if text_of(document, "is_open") != "-1" or not cases:
        return
    eligible = [(n, case) for n, case in cases if case.get("is_eligible") != -1]
    if any(_leads(str(case.get("description"))) for _, case in eligible):
        admitted = audiences(document)
        yield Proof("/access_page", {"audiences": admitted} if admitted else {})
    elif not eligible:
        yield Fault("/access_page", {"nobody": len(cases)})
    else:
        n, case = eligible[0]
        link = text_of(document, "datapass_link") or text_of(document, "account_link")
        fix = _with_button(document, n, case, link) if is_real(link) else None
        yield Fault(f"/access_page/{n}", {"value": _label(case, n)}, fix=fix)


def audiences(document: Document) -> tuple[str, ...]:
    """Return those who may be eligible, as the cases name them."""
    return tuple(
        who for _, case in _cases(document) if case.get("is_eligible") != -1 for who in strings(case.get("who"))
    )


def _cases(document: Document) -> Iterator[tuple[int, dict[str, Value]]]:
    value = document.data.get("access_page")
    if isinstance(value, list):
        yield from ((n, case) for n, case in enumerate(value) if isinstance(case, dict))


def _leads(text: str) -> bool:
    """Whether a text has a link that leads out of it: to a page of the site other than its search, to an address
    that is no example, or to somebody's mail."""
    targets = (next(filter(None, found.groups())).rstrip(".,;:!?") for found in _TARGET.finditer(text))
    return bool(_LEADS.search(text)) or any(map(_is_elsewhere, targets))


def _is_elsewhere(target: str) -> bool:
    return bool(_PAGE.match(target) or is_real(target) or ("@" in target and host(target)))


def _incomplete(document: Document, n: int, case: dict[str, Value]) -> Iterator[Fault]:
    pointer = f"/access_page/{n}"
    text, eligible = case.get("description"), case.get("is_eligible")
    who: dict[str, int | tuple[str, ...]] = {"who": named} if (named := strings(case.get("who"))) else {}
    if not isinstance(text, str) or not text.strip():
        yield Fault(f"{pointer}/description", {**who, "empty_text" if "description" in case else "no_text": n + 1})
    if eligible is None:
        yield Fault(f"{pointer}/is_eligible", {**who, "empty_answer" if "is_eligible" in case else "no_answer": n + 1})
    elif isinstance(eligible, bool) or eligible not in (-1, 0, 1):
        number = _ELIGIBLE.get(str(eligible).strip())
        fix = None if number is None else with_value(document, f"{pointer}/is_eligible", number)
        yield Fault(f"{pointer}/is_eligible", {"value": str(eligible)}, fix=fix)


def _label(case: dict[str, Value], n: int) -> str:
    """Return what a reader knows a case by: its first audience, else its rank."""
    return next(iter(strings(case.get("who"))), f"n° {n + 1}")


def _button(link: str) -> str:
    return f'<Button href="{link}">Remplir une demande</Button>'


def _with_button(document: Document, n: int, case: dict[str, Value], link: str) -> Fix | None:
    """Return the fix that ends the case with a button to the link that the entry already declares."""
    pointer = f"/access_page/{n}"
    text = case.get("description")
    if not isinstance(text, str):
        return None
    return with_value(document, f"{pointer}/description", f"{text.rstrip()}\n\n{_button(link)}\n")
