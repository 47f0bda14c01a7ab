"""What the doctor asks of GitHub: is it reached, does it know the App, what has the App too little or too much."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bot.diagnosis import Diagnosis, advice, ok, skipped, wrong
from bot.forge.app import GRANTS, Answer, Line
from bot.settings import Settings
from rules.model import Text

_MOST_AHEAD = 30.0  # seconds: the key's signature is dated one minute back, and must not be from the future
_LEVELS = ("", "read", "write", "admin")
_TROUBLE = {
    "tls": Text(
        "Le certificat de GitHub n'est pas reconnu. Derrière un mandataire qui déchiffre, ou pour un GitHub Enterprise "
        "Server, mettez l'autorité qui le signe dans REQUESTS_CA_BUNDLE.",
        "GitHub's certificate is not recognised. Behind a proxy that decrypts, or for GitHub Enterprise Server, put "
        "the authority that signs it in REQUESTS_CA_BUNDLE.",
    ),
    "proxy": Text("Le mandataire refuse : vérifiez HTTPS_PROXY.", "The proxy refuses: check HTTPS_PROXY."),
    "slow": Text(
        "Rien ne répond à temps : une règle du pare-feu l'arrête peut-être. Ouvrez le port 443 vers cette adresse.",
        "Nothing answers in time: a firewall may stop it. Open port 443 to this address.",
    ),
    "unreachable": Text(
        "Vérifiez GREFFIER_GITHUB_URL, le DNS, et HTTPS_PROXY s'il en faut un.",
        "Check GREFFIER_GITHUB_URL, the DNS, and HTTPS_PROXY where one is needed.",
    ),
}


class _Words(NamedTuple):
    """How what is missing and what is too much is told."""

    missing: Text
    add: Text
    excess: Text
    remove: Text


_PERMISSIONS = _Words(
    Text("Des droits manquent : ", "Permissions are missing: "),
    Text(
        "Ajoutez ceux qui manquent sur la page de l'App ; chaque propriétaire doit ensuite les accepter.",
        "Add those that are missing on the App's page; each owner must then accept them.",
    ),
    Text("Des droits sont de trop : ", "Permissions are too many: "),
    Text("Retirez ceux qui sont de trop sur la page de l'App.", "Remove those that are too many on the App's page."),
)
_EVENTS = _Words(
    Text("Des événements manquent : ", "Events are missing: "),
    Text("Cochez ceux qui manquent sur la page de l'App.", "Tick those that are missing on the App's page."),
    Text("Des événements sont de trop : ", "Events are too many: "),
    Text("Décochez ceux qui sont de trop sur la page de l'App.", "Untick those that are too many on the App's page."),
)


def at_github(settings: Settings, events: Collection[str]) -> Iterator[Diagnosis]:
    """Yield what GitHub tells of the settings. The App's events must be `events`."""
    line = Line(settings)
    answer = line.ask("/app" if settings.app_id else "/rate_limit")  # both free of charge
    yield _reached(settings, answer)
    if not answer.status:
        yield skipped("app", "L'App n'a pas été interrogée.", "The App was not asked.")
        return
    yield _clock(answer)
    yield _known(answer)
    if answer.status == 200 and settings.app_id:
        yield _permissions(answer.data["permissions"])
        yield _events(answer.data["events"], events)
        yield _hook(line.ask("/app/hook/config"))
        yield from _installations(line.ask("/app/installations?per_page=100"))


def _reached(settings: Settings, answer: Answer) -> Diagnosis:
    url = urlsplit(settings.github_url)
    if not answer.status:
        found = Text(f"{settings.github_url} ne répond pas.", f"{settings.github_url} does not answer.")
        return wrong("github", found, _TROUBLE[answer.trouble])
    if url.scheme != "https" and url.hostname not in ("127.0.0.1", "localhost", "::1"):
        return wrong(
            "github",
            Text("La clé et les jetons voyagent en clair.", "The key and the tokens travel in the clear."),
            Text("Écrivez https:// dans GREFFIER_GITHUB_URL.", "Write https:// in GREFFIER_GITHUB_URL."),
        )
    return ok("github", f"{settings.github_url} répond.", f"{settings.github_url} answers.")


def _clock(answer: Answer) -> Diagnosis:
    if answer.ahead is None:
        return skipped("clock", "GitHub n'a pas dit l'heure.", "GitHub did not tell the time.")
    seconds = abs(round(answer.ahead))
    if seconds <= _MOST_AHEAD:
        return ok("clock", "L'horloge est à l'heure de GitHub.", "The clock agrees with GitHub's.")
    fr, en = ("en avance", "ahead of") if answer.ahead > 0 else ("en retard", "behind")
    return wrong(
        "clock",
        Text(f"L'horloge est {fr} de {seconds} s sur GitHub.", f"The clock is {seconds} s {en} GitHub's."),
        Text(
            "Mettez la machine à l'heure (NTP) : GitHub refuse une clé dont la signature est datée d'ailleurs.",
            "Set the machine's time (NTP): GitHub refuses a signature that is dated otherwise.",
        ),
    )


def _known(answer: Answer) -> Diagnosis:
    if answer.status == 200 and isinstance(answer.data, Mapping):
        fr, en = str(answer.data.get("slug", "")) or "le jeton est bon", answer.data.get("slug") or "the token is good"
        return ok("app", f"GitHub nous connaît : {fr}.", f"GitHub knows us: {en}.")
    return wrong(
        "app",
        Text(
            f"GitHub nous refuse ({answer.status} {answer.message}).",
            f"GitHub refuses us ({answer.status} {answer.message}).",
        ),
        Text(
            "GREFFIER_APP_ID et la clé sont-ils ceux de la même App, et cette App est-elle sur ce GitHub ?",
            "Are GREFFIER_APP_ID and the key those of one App, and is that App on this GitHub?",
        ),
    )


def _permissions(given: Mapping[str, str], where: str = "") -> Diagnosis:
    level = {name: _LEVELS.index(given.get(name, "")) for name in {*given, *GRANTS}}
    needed = {name: _LEVELS.index(GRANTS.get(name, "")) for name in level}
    missing = sorted(f"{name}: {GRANTS[name]}" for name in GRANTS if level[name] < needed[name])
    excess = sorted(f"{name}: {given[name]}" for name in given if level[name] > needed[name])
    name = "permissions" + where
    return _compared(name, _PERMISSIONS, missing, excess) or ok(
        name, "Les droits sont ceux qu'il faut.", "The permissions are the right ones."
    )


def _events(given: Collection[str], needed: Collection[str]) -> Diagnosis:
    missing, excess = sorted({*needed} - {*given}), sorted({*given} - {*needed})
    return _compared("events", _EVENTS, missing, excess) or ok(
        "events", "Les événements sont ceux qu'il faut.", "The events are the right ones."
    )


def _compared(name: str, words: _Words, missing: Sequence[str], excess: Sequence[str]) -> Diagnosis | None:
    """Tell what is missing and what is too much, each with what to do; None where all is right."""
    cases = [(words.missing, words.add, missing), (words.excess, words.remove, excess)]
    told = [(found, todo, ", ".join(names)) for found, todo, names in cases if names]
    if not told:
        return None
    found = Text(*(" ".join(f"{text[i]}{names}." for text, _, names in told) for i in (0, 1)))
    todo = Text(*(" ".join(text[i] for _, text, _ in told) for i in (0, 1)))
    return (wrong if missing else advice)(name, found, todo)


def _hook(answer: Answer) -> Diagnosis:
    """https://docs.github.com/rest/apps/webhooks#get-a-webhook-configuration-for-an-app"""
    if answer.status != 200:
        return skipped("webhook", "GitHub n'a rien dit du webhook.", "GitHub told nothing of the webhook.")
    hook, faults = answer.data, list[Text]()
    url = urlsplit(hook.get("url") or "")
    if not url.path.endswith("/webhooks/github"):
        faults.append(
            Text("son adresse ne finit pas par /webhooks/github", "its address does not end with /webhooks/github")
        )
    if not hook.get("secret"):
        faults.append(Text("il n'a pas de secret", "it has no secret"))
    if url.scheme == "https" and str(hook.get("insecure_ssl", "0")) != "0":
        faults.append(Text("la vérification TLS y est coupée", "its TLS verification is off"))
    if faults:
        fr, en = "; ".join(fault.fr for fault in faults), "; ".join(fault.en for fault in faults)
        found = Text(f"Le webhook de l'App est à revoir : {fr}.", f"The App's webhook is wrong: {en}.")
        return wrong("webhook", found, Text("Corrigez-le sur la page de l'App.", "Correct it on the App's page."))
    return ok("webhook", f"Le webhook mène à {hook['url']}.", f"The webhook leads to {hook['url']}.")


def _installations(answer: Answer) -> Iterator[Diagnosis]:
    """Each owner accepts permissions separately, so each installation may lack some."""
    found: list[dict[str, Any]] = answer.data if answer.status == 200 else []
    if not found:
        yield advice(
            "installations",
            Text("L'App n'est installée nulle part.", "The App is installed nowhere."),
            Text("Installez-la sur le dépôt du catalogue.", "Install it on the catalogue's repository."),
        )
    for one in found:
        where = f"@{one['account']['login']}"
        if one.get("suspended_at"):
            asleep = Text(f"L'installation {where} est suspendue.", f"The installation {where} is suspended.")
            yield advice(
                f"installations{where}", asleep, Text("Son propriétaire peut la reprendre.", "Its owner may resume it.")
            )
        else:
            yield _permissions(one["permissions"], where)
