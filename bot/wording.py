"""Every fixed sentence that people read, in French and in English; rules bring their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rules.evidence import Reach
from rules.model import CriterionVerdict, Outcome, Severity, Text

if TYPE_CHECKING:  # the judgement takes long to import, and `greffier --version` has no use for it
    from rules.judgement import Tally

Lang = Literal["fr", "en"]
LANGS: tuple[Lang, ...] = ("fr", "en")

OUTCOMES = {
    Outcome.PASSED: ("✅", Text("conforme", "satisfied")),
    Outcome.FAILED: ("❌", Text("à corriger", "to correct")),
    Outcome.CANT_TELL: ("🟠", Text("à trancher", "to decide")),
    Outcome.INAPPLICABLE: ("➖", Text("sans objet", "not applicable")),
}

PENDING = ("⏳", Text("en attente", "pending"))

TO_DO = Text("À corriger", "To correct")
TO_DECIDE = Text("À trancher par l'équipe du catalogue", "For the catalogue team to decide")
CRITERIA = Text("Les critères", "The criteria")
ADVICE = Text("Conseils : rien d'obligatoire ({n})", "Advice: nothing compulsory ({n})")
OLD = Text("Déjà présent, pas de votre fait ({n})", "Already there, not your doing ({n})")
READ = Text("Ce que greffier a lu", "What greffier read")
UNASKED = Text(
    "Adresses non demandées : {n}. Une relecture en demande {most} au plus.",
    "Addresses not asked for: {n}. A review asks for {most} at most.",
)
ANSWERED = {
    Reach.REACHABLE: Text("s'ouvre", "opens"),
    Reach.GONE: Text("n'existe pas", "does not exist"),
    Reach.REFUSED: Text("ne laisse pas entrer les robots", "lets no robot in"),
    Reach.BROKEN: Text("certificat de sécurité non valable", "security certificate not valid"),
    Reach.UNKNOWN: Text("pas de réponse claire", "no clear answer"),
}
LED = Text("mène à {value}", "leads to {value}")
UNTIL = Text("certificat valable jusqu'au {value}", "certificate valid until {value}")
ENGLISH = "English version"
LINE = Text("ligne {line}", "line {line}")
WHOLE_FILE = Text("toute la fiche", "the whole file")
WRITE = Text("À écrire à la place :", "Write instead:")
DELETE = Text("Cette ligne est à supprimer.", "This line is to be deleted.")
DELETE_LINES = Text("Ces {n} lignes sont à supprimer.", "These {n} lines are to be deleted.")
EDIT = Text("Corriger dans l'éditeur", "Mend it in the editor")
CLICK = Text(
    "La correction est prête : il suffit de l'accepter, dans le commentaire posé sur la ligne.",
    "The correction is ready: just accept it, in the comment on the line.",
)
CREATE = Text("Créer ce fichier, déjà rempli", "Create this file, already filled in")
CREATE_EMPTY = Text("Créer ce fichier", "Create this file")
WHY = Text("Pourquoi :", "Why:")
HEADER = Text("| Critère | Résultat | Preuve |", "| Criterion | Outcome | Evidence |")
UNCHANGED = Text("déjà au catalogue, inchangé dans cette demande", "already listed, unchanged by this request")
UNREADABLE = Text("sera jugé dès que l'en-tête sera lisible", "will be judged as soon as the header can be read")
UNMENDED = Text(
    "sera jugé dès que le champ `{key}` sera corrigé", "will be judged as soon as the field `{key}` is corrected"
)
BROKEN = Text(
    "greffier n'a pas pu juger ce point : la panne vient de lui, pas de la fiche",
    "greffier could not judge this point: the failure is its own, not the entry's",
)
ASKED = Text("question posée ci-dessus", "question asked above")
LEFT_OUT = Text("… et {n} de plus, trop longs pour ce message.", "… and {n} more, too long for this message.")
ONLY_FIRST = Text(
    "Cette fiche a d'autres points du même genre : seuls les {only_first} premiers sont montrés, les suivants le "
    "seront quand ceux-ci seront corrigés.",
    "There are other points of this kind in this entry: only the first {only_first} are shown, the next ones will be "
    "once these are corrected.",
)
UNTOUCHED = Text(
    "Cette demande ne touche aucune fiche du catalogue : rien à relire.",
    "This request touches no entry of the catalogue: nothing to review.",
)
JUDGED = Text("Jugé au commit `{head}`.", "Judged at commit `{head}`.")
AGAIN = Text(
    "À chaque modification, greffier relit la demande et met ce message à jour.",
    "Whenever the request changes, greffier reads it again and updates this message.",
)
HELP = Text(
    "Une question ? Répondez ici : l'équipe du catalogue lit cette demande. "
    "[Les critères et les contacts](https://api.gouv.fr/contact)",
    "A question? Answer here: the catalogue team reads this request. "
    "[Criteria and contacts](https://api.gouv.fr/contact)",
)
REVIEW = (
    Text(
        "greffier a une remarque sur cette demande. Le bilan complet est dans son message de synthèse.",
        "greffier has one remark on this request. The whole result is in its summary message.",
    ),
    Text(
        "greffier a {n} remarques sur cette demande. Le bilan complet est dans son message de synthèse.",
        "greffier has {n} remarks on this request. The whole result is in its summary message.",
    ),
)
TOO_LARGE = Text("Trop grand pour être relu d'un coup", "Too large to be reviewed at once")
TOO_MANY_FILES = Text(
    "Cette demande change {n} fichiers, et GitHub n'en montre que {most} : greffier ne peut pas la lire en entier. "
    "Répartissez-la en plusieurs demandes, elles seront relues.",
    "This request changes {n} files, and GitHub shows {most} of them: greffier can't read it whole. "
    "Split it into several requests, they will be reviewed.",
)
TOO_MUCH_TO_READ = Text(
    "Pour relire cette demande, il faudrait lire {n} fiches ({mb} Mo) : c'est trop d'un coup. "
    "Répartissez-la en plusieurs demandes, elles seront relues.",
    "To review this request, {n} entries ({mb} MB) would have to be read: too much at once. "
    "Split it into several requests, they will be reviewed.",
)
TOO_MANY_IN_ALL = Text(
    "Ce dépôt a plus de fichiers que GitHub n'en montre à greffier, qui ne peut donc pas le relire. "
    "Votre demande n'y est pour rien : l'équipe du catalogue doit la lire elle-même.",
    "This repository has more files than GitHub shows to greffier, which therefore can't review it. "
    "Your request is not the cause: the catalogue team has to read it.",
)
UNJUDGED = Text("Les fiches de cette demande n'ont pas été jugées.", "The entries of this request were not judged.")
BADGE = {Severity.BLOCKING: Text("À corriger", "To correct"), Severity.ADVISORY: Text("Conseil", "Advice")}
# The parts of the verdict, for one and for several.
_POINTS = (
    Text("{n} point à corriger avant la publication.", "{n} point to correct before this request can be published."),
    Text("{n} points à corriger avant la publication.", "{n} points to correct before this request can be published."),
)
_NOTHING = Text("Rien à corriger", "Nothing to correct")
_IN_ORDER = Text("Tout est en ordre.", "Everything is in order.")
_QUESTIONS = (
    Text("{n} question pour l'équipe du catalogue", "{n} question for the catalogue team"),
    Text("{n} questions pour l'équipe du catalogue", "{n} questions for the catalogue team"),
)
_UNREADABLE = (
    Text(
        "{n} critère en attente, car l'en-tête de la fiche était déjà illisible avant cette demande",
        "{n} criterion pending, as the header of the entry could not be read before this request either",
    ),
    Text(
        "{n} critères en attente, car l'en-tête de la fiche était déjà illisible avant cette demande",
        "{n} criteria pending, as the header of the entry could not be read before this request either",
    ),
)
_UNMENDED = (
    Text(
        "{n} critère en attente, car un champ était déjà à corriger avant cette demande",
        "{n} criterion pending, as a field was to be corrected before this request already",
    ),
    Text(
        "{n} critères en attente, car un champ était déjà à corriger avant cette demande",
        "{n} criteria pending, as a field was to be corrected before this request already",
    ),
)
_FAILED = (
    Text(
        "greffier n'a pas pu vérifier {n} critère jusqu'au bout : la panne vient de lui, pas de la fiche.",
        "greffier could not fully check {n} criterion: the failure is its own, not the entry's.",
    ),
    Text(
        "greffier n'a pas pu vérifier {n} critères jusqu'au bout : la panne vient de lui, pas des fiches.",
        "greffier could not fully check {n} criteria: the failure is its own, not the entries'.",
    ),
)
RULE = Text("Règle : {title}", "Rule: {title}")


def say(text: Text, lang: Lang) -> str:
    """Return the sentence in one language."""
    return text.fr if lang == "fr" else text.en


def outcome(criterion: CriterionVerdict) -> tuple[str, Text]:
    """Return the sign and the words for how a criterion ended; it waits where nobody is asked."""
    waits = criterion.outcome is Outcome.CANT_TELL and criterion.question is None
    return PENDING if waits else OUTCOMES[criterion.outcome]


def why_open(criterion: CriterionVerdict) -> Text:
    """Return why nobody can tell how a criterion ends, where nobody is asked either."""
    why, _, key = criterion.reason.partition(": ")
    words = {"unreadable": UNREADABLE, "field": UNMENDED}.get(why, BROKEN)
    return Text(words.fr.format(key=key), words.en.format(key=key))


def verdict(tally: Tally, lang: Lang) -> str:
    """Return the judgement in one sentence, after its sign."""
    signs = {
        "failure": OUTCOMES[Outcome.FAILED][0],
        "action_required": OUTCOMES[Outcome.CANT_TELL][0] if tally.to_decide else PENDING[0],
        "success": OUTCOMES[Outcome.PASSED][0],
    }
    return f"{signs[tally.conclusion]} {judgement(tally, lang)}"


def judgement(tally: Tally, lang: Lang) -> str:
    """Return the judgement in one sentence: how many points to correct, else what is pending and why. A second
    one tells a failure of ours, whatever else was found."""
    failed = say(_FAILED[tally.broken > 1], lang).format(n=tally.broken)
    return f"{_sentence(tally, lang)} {failed}" if tally.broken else _sentence(tally, lang)


def _sentence(tally: Tally, lang: Lang) -> str:
    if tally.to_correct:
        return say(_POINTS[tally.to_correct > 1], lang).format(n=tally.to_correct)
    pending = [
        say(words[count > 1], lang).format(n=count)
        for count, words in (
            (tally.to_decide, _QUESTIONS),
            (tally.unreadable, _UNREADABLE),
            (tally.unmended, _UNMENDED),
        )
        if count
    ]
    if pending:
        return (" ; " if lang == "fr" else "; ").join([say(_NOTHING, lang), *pending]) + "."
    return f"{say(_NOTHING, lang)}." if tally.broken else say(_IN_ORDER, lang)
