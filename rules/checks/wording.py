"""Checks of advice on what is written: remains of the template, personal addresses, headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from rules.catalogue import World, fold
from rules.checks.producer import NAME_TO_WRITE
from rules.document import Document, Value
from rules.fields import OLD_FIELDS
from rules.fixes import without_words
from rules.model import Fault, Fix, Statement

_PLACEHOLDER = re.compile(
    r"(?<![\w=/:-])(?:API )?X{3,}(?![\w-])|\b(?:API|associations) XX\b|\bTODO\b|\b[Ll]orem ipsum\b|https?://URL\b|https://adresse-de-votre-formulaire"
    r"|Cette API délivre \.\.\.|Texte libre au format \[Markdown\]|Effacer ce texte une fois que vous l'avez lu"
)
# Each text that the pattern recognises holds one of these: most files hold none, and the pattern is not tried.
_HINTS = ("XX", "TODO", "orem ipsum", "//URL", "//adresse-de", "délivre ...", "Texte libre au", "Effacer ce")
# Values of the templates, old and new, which count only as the whole of their field.
_WHOLE = {
    "title": {"Ma Super API", "Mon Super Service"},
    "tagline": {
        "Mission de l'API",
        "Interrogez l'API ...",
        "Entités administratives, interrogez l'API ...",
    },
    "contact_link": {"contact@contact.fr", "contact@ma-super-api.fr"},
    "partners": {"partenaire", "fournisseur local"},
    "account_link": {"https://site-api/user/register", "https://ma-super-api.fr/register"},
    "datapass_link": {"https://datapass.api.gouv.fr/api-xxx"},
    "monitoring_link": {"https://page-statut-de-lapi", "https://status.ma-super-api.fr"},
    "stats_detail_link": {"http://page-stats-dusage-de-lapi"},
    "uptime": {"98.011"},
    "link": {"https://mon-super-service.fr"},
    "description": {"Une phrase devrait suffire à présenter ce service."},
    "name": {NAME_TO_WRITE},
    "siteAPI": {"https://"},
    "annuaire": {"https://lannuaire.service-public.fr/"},
    "siteOpenData": {"https://www.data.gouv.fr/fr/organizations/"},
}
# Rules of their own judge these: the producer exists, the documentation is there, the date is one.
_JUDGED_ELSEWHERE = frozenset({"producer", "doc_tech_link", "doc_tech_external", "last_update"})
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)

IN_HEADER = re.compile(
    r"#[^\n#]*📍[^\n]*"
    r"|# ?(?:nom commercial de l'API|une phrase maximum|producteur de l'API|acronyme du producteur)[^\n]*"
    r"|# (?:Nom du fichier de votre logo|liste de co-producteurs|utilisé dans la recherche|texte libre)[^\n]*"
)
_ANYWHERE = re.compile(
    r"<!-- *(?:PARTIE \d|Cette partie de la fiche|Cette API délivre des informations|Quelle est la (?:local|fra)"
    r"|Synthèse des informations|Tableau détaillé des données)[^<>]*-->"
)
_COMMENT_HINTS = ("📍", "<!--", "# nom", "# une phrase", "# producteur")

_LOCAL_PART = re.compile(r"[\w.+'-]+$")
_DOMAIN = re.compile(r"\w[\w-]*(?:\.[\w-]+)+")
_MAILBOXES = re.compile(
    r"(?:gmail|googlemail|hotmail|outlook|live|yahoo|icloud|protonmail|proton|gmx|aol|orange|wanadoo|free|sfr|neuf|bbox"
    r"|numericable|laposte)\.(?:com|fr|net|me|org)"
)
# Two words, or an initial and a word: « prenom.nom », « p.nom », « jean-marc.nom ».
_NAMES = re.compile(r"(?:[a-z]|[a-z]{2,}(?:-[a-z]{2,})*)[._][a-z]{2,}(?:-[a-z]{2,})*")
_SPOKEN = re.compile(r"[aeiouy]")
# A box with one of these words is that of a team, a service or a body, whatever the other word.
_OF_TEAMS = frozenset(
    word
    for line in (
        "accueil acces admin administration agence aide aides api apis assistance association associations bonjour",
        "bureau carto catalogue cellule centre com commune communication compte contact contacts data demande demandes",
        "departement dev developpeurs direction dispositif donnee donnees dsi editeur editeurs enquete entreprise",
        "entreprises equipe etat exploitation formation geo geoservices gestion guichet habilitation habilitations",
        "hello help helpdesk hotline impot impots info information informations infos innovation integration",
        "interoperabilite laboratoire mairie marche ministere mission national nationale nom nouveau numerique",
        "numeriques observatoire open opendata openapi partenaire partenaires particulier particuliers plateforme pole",
        "portail prefecture prenom presse production professionnel professionnels projet projets public publics",
        "publique publiques qualite question questions recette recherche referentiel region relation relations reply",
        "reponse reseau resultat resultats retours saint sainte secretariat securite service services site sites",
        "statistique statistiques suivi support swagger systeme systemes team technique techniques territoire",
        "territoires test unite urbanisme usager usagers usages utilisateur utilisateurs veille ville web webmaster",
    )
    for word in line.split()
)

_MOST_PLACES = 3  # told one by one: beyond, the template was copied and one finding tells all
_MOST_TEXTS = 12
_MOST_ADDRESSES = 20  # looked at in one entry: each is traced to its field

_FENCE = re.compile(r"```+|~~~+")
_TOP_HEADING = re.compile(r"\n#(?!#)")


def template_placeholder(document: Document, _: World) -> Iterator[Statement]:
    """A text of the template that was to be replaced: one fault for each place, or one for all where they are many."""
    found = list(_placeholders(document))
    if len(found) <= _MOST_PLACES:
        yield from (Fault(key, {"value": text, "left": left}, line) for key, text, left, line in found)
    else:
        texts = tuple(dict.fromkeys(text for _, _, left, _ in found for text in left))
        yield Fault("", {"count": len(found), "texts": texts[:_MOST_TEXTS]}, found[0][-1])


def _placeholders(document: Document) -> Iterator[tuple[str, str, tuple[str, ...], int]]:
    """Yield each place that keeps texts of the template: pointer, whole text, texts kept, line of the first."""
    tried = any(hint in document.text for hint in _HINTS)
    skipped = _JUDGED_ELSEWHERE | OLD_FIELDS.get(document.kind, {}).keys()
    for key, value in document.data.items():
        whole = _WHOLE.get(key, ())
        if (tried or whole) and key not in skipped:
            for pointer, text in _texts(f"/{key}", value):
                left = (text.strip(),) if text.strip() in whole else _left(text) if tried else ()
                if left:
                    yield pointer, text, left, _line_of(document, left[0], *document.span(pointer))
    if tried and (left := _left(document.body)):
        last = document.text.count("\n") + 1
        yield "", "", left, _line_of(document, left[0], document.body_line, last)


def _texts(pointer: str, value: Value) -> Iterator[tuple[str, str]]:
    """Yield every text of a front matter with its pointer, and every number as it reads."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(f"{pointer}/{key}", item)
    elif isinstance(value, str | float):
        yield pointer, str(value)


def _left(text: str) -> tuple[str, ...]:
    """Return what `text` keeps of the template, each once, in its order."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(_CODE.sub("", text))))


def _line_of(document: Document, text: str, first: int, last: int) -> int:
    return next((n for n in range(first, last + 1) if text in document.raw_line(n)), first)


def template_comment(document: Document, _: World) -> Iterator[Statement]:
    """Comments of the template, for the person who fills it in: one fault for the whole file."""
    if not any(hint in document.text for hint in _COMMENT_HINTS):
        return
    header = len(document.text) - len(document.body)
    found = [*IN_HEADER.finditer(document.text, 0, header), *_ANYWHERE.finditer(document.text)]
    if found:
        comment = min(found, key=re.Match.start)
        line = document.text.count("\n", 0, comment.start()) + 1
        if len(found) > 1:
            yield Fault("", {"count": len(found)}, line)
        else:
            fix = without_words(document, comment.start(), comment.end())
            yield Fault("", {"value": comment[0].strip()}, line, fix=fix)


def personal_email(document: Document, _: World) -> Iterator[Statement]:
    """An address that looks like one person's: one fault for each field, one for the text below."""
    seen = set()
    about = _squeezed(" ".join([document.slug, *(str(document.data.get(key)) for key in ("title", "producer"))]))
    for line, address in islice(_personal_addresses(document.text, about), _MOST_ADDRESSES):
        key = document.field_at(line)
        if key not in seen:
            seen.add(key)
            yield Fault(key, {"value": address}, line)


def _personal_addresses(text: str, about: str) -> Iterator[tuple[int, str]]:
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        name = domain and _LOCAL_PART.search(text, max(0, at - 64), at)
        if name and domain and _is_personal(name[0], domain[0], about):
            yield text.count("\n", 0, at) + 1, f"{name[0]}@{domain[0]}"
        at = text.find("@", at + 1)


def _is_personal(name: str, domain: str, about: str) -> bool:
    """Whether an address is that of a person: a private mailbox, or one that has the shape of two names, where no
    word is that of a team, of the domain or of what the entry is `about`."""
    if _MAILBOXES.fullmatch(domain.lower()):
        return True
    if not _NAMES.fullmatch(re.sub(r"[^\W_]+", lambda word: fold(word[0]), name)):
        return False
    words = [word for word in fold(name).split() if len(word) > 1]
    known = about + _squeezed(domain)
    return _OF_TEAMS.isdisjoint(words) and all(_SPOKEN.search(word) and word not in known for word in words)


def _squeezed(text: str) -> str:
    """Return a text in bare letters without spaces, to find words that are glued to others."""
    return fold(text).replace(" ", "")


def top_heading(document: Document, _: World) -> Iterator[Statement]:
    """A heading of the first level, which is the title of the page: one fault for each text."""
    intro = document.data.get("content_intro")
    first, last = document.span("/content_intro")
    end = document.text.count("\n") + 1
    for key, text, start, stop in (
        ("/content_intro", intro, first, last),
        ("", document.body, document.body_line, end),
    ):
        headings = _top_headings(text) if isinstance(text, str) else set()
        lines = [n for n in range(start, stop + 1) if document.raw_line(n).strip() in headings] if headings else []
        if lines:
            raw = document.raw_line(lines[0])
            better = raw.replace("#", "##", 1)
            alone = len(lines) == 1
            facts = {"value": raw.strip()} | ({"better": better.strip()} if alone else {"count": len(lines)})
            yield Fault(key, facts, lines[0], fix=Fix(lines[0], lines[0], better) if alone else None)


def _top_headings(text: str) -> set[str]:
    """Return the headings of the first level of a text, without the comments of the code that it shows."""
    headings: set[str] = set()
    fence = ""  # that opened the code we are in: as long a one ends it
    for line in text.split("\n") if _TOP_HEADING.search(f"\n{text}") else ():
        words = line.strip()
        if fence:
            fence = fence if words.strip(fence[0]) or not words.startswith(fence) else ""
        elif opened := _FENCE.match(words):
            fence = opened.group()
        elif line.startswith("#") and not line.startswith("##") and line.strip("# \t\r"):
            headings.add(words)
    return headings
