"""The doctor: looks at the settings one by one, says what is wrong and what to do. It changes nothing and never
shows a secret."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from typing import Literal

import sqlalchemy as sa
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.database import require_utf8
from bot.diagnosis import Diagnosis, advice, ok, skipped, wrong
from bot.doctor_github import at_github
from bot.errors import Unusable
from bot.jobs import Jobs
from bot.journal import Journal
from bot.settings import Settings
from rules.model import Text

Part = Literal["receiver", "worker"]

_SHORTEST = 32  # characters of a webhook secret: half of what `openssl rand -hex 32` gives
_FEWEST = 8  # different characters in it
_ROOM = 512 * 1024 * 1024  # bytes: the memory of contents takes 256 MiB at most, the queue some days of jobs
_PATIENCE = 5  # seconds that a database server has to answer


def examine(settings: Settings, events: Collection[str], part: Part | None) -> Iterator[Diagnosis]:
    """Yield one diagnosis per setting, those of this machine first. `part` is for a machine that runs one half only;
    `events` are those that the App must subscribe to."""
    if part != "worker":
        yield _secret(settings)
    yield _folder(settings)
    yield from _database(settings)
    if part == "receiver":
        return
    key = _key(settings)
    yield key
    if key.state == "wrong":
        yield skipped(
            "github", "GitHub n'a pas été interrogé, faute de clé.", "GitHub was not asked, for want of a key."
        )
    else:
        yield from at_github(settings, events)


def _secret(settings: Settings) -> Diagnosis:
    todo = Text(
        "Faites-en un avec « openssl rand -hex 32 », mettez-le dans GREFFIER_WEBHOOK_SECRET et dans la page de l'App.",
        "Make one with “openssl rand -hex 32”, put it in GREFFIER_WEBHOOK_SECRET and on the App's page.",
    )
    if not settings.webhook_secrets:
        return wrong("webhook-secret", Text("Le secret des webhooks manque.", "The webhook secret is missing."), todo)
    if any(len(one) < _SHORTEST or len(set(one)) < _FEWEST for one in settings.webhook_secrets):
        found = Text(
            f"Le secret des webhooks se devine : il en faut un de {_SHORTEST} caractères au moins, tirés au hasard.",
            f"The webhook secret can be guessed: it takes {_SHORTEST} random characters at least.",
        )
        return wrong("webhook-secret", found, todo)
    if len(settings.webhook_secrets) > 1:
        found = Text("L'ancien secret des webhooks est encore accepté.", "The former webhook secret is still accepted.")
        rest = "GREFFIER_WEBHOOK_SECRET_OLD"
        return advice(
            "webhook-secret",
            found,
            Text(f"GitHub a le nouveau ? Retirez {rest}.", f"Once GitHub has the new one, remove {rest}."),
        )
    return ok("webhook-secret", "Le secret des webhooks est solide.", "The webhook secret is strong.")


def _folder(settings: Settings) -> Diagnosis:
    place = settings.data.absolute()
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data):
            room = shutil.disk_usage(settings.data).free
    except OSError as error:
        return wrong(
            "data",
            Text(
                f"On ne peut pas écrire dans {place} : {error.strerror}.",
                f"{place} can't be written: {error.strerror}.",
            ),
            Text(
                "Donnez ce dossier à l'utilisateur du service (10001 dans l'image), ou changez GREFFIER_DATA.",
                "Give this folder to the user of the service (10001 in the image), or change GREFFIER_DATA.",
            ),
        )
    if room < _ROOM:
        return advice(
            "data",
            Text(f"Il ne reste que {room >> 20} Mio dans {place}.", f"Only {room >> 20} MiB are left in {place}."),
            Text(f"Il en faut {_ROOM >> 20}.", f"It takes {_ROOM >> 20}."),
        )
    return ok("data", f"On peut écrire dans {place}.", f"{place} can be written.")


def _database(settings: Settings) -> Iterator[Diagnosis]:
    """Each database is opened as the service would, which makes its tables, and written to."""
    yield _stored("queue", settings.database_url, lambda: Jobs(settings.database_url, settings.timings).close())
    yield _stored("journal", settings.journal_url, lambda: Journal(settings.journal_url).close())


def _stored(name: str, address: str, open_it: Callable[[], None]) -> Diagnosis:
    try:
        url = sa.make_url(address)
        where = url.set(query={}).render_as_string()  # without the password
        require_utf8(url, _PATIENCE)
        _write(url)
        open_it()
    except (sa.exc.SQLAlchemyError, OSError, ImportError) as error:
        said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        hidden = said.replace(address, "…").replace(_password(address), "…") if _password(address) else said
        return wrong(
            name,
            Text(
                f"La base de données ne répond pas ou refuse d'écrire : {hidden}",
                f"The database does not answer, or can't be written: {hidden}",
            ),
            Text(
                "Vérifiez GREFFIER_DATABASE_URL, que le serveur tourne, et que l'utilisateur peut y créer des tables.",
                "Check GREFFIER_DATABASE_URL, that the server runs, and that the user may create tables there.",
            ),
        )
    except Unusable as error:
        todo = Text("Mettez la nouvelle dans GREFFIER_DATABASE_URL.", "Set GREFFIER_DATABASE_URL to the new one.")
        return wrong(name, error.text, todo)
    return ok(name, f"On peut écrire dans {where}.", f"{where} can be written.")


def _password(address: str) -> str:
    try:
        return sa.make_url(address).password or ""
    except sa.exc.ArgumentError:
        return address


def _write(url: sa.URL) -> None:
    """Make a table, write a line and take the table away."""
    server = url.get_backend_name() == "postgresql"
    driver = url.set(drivername="postgresql+psycopg") if server else url
    engine = sa.create_engine(driver, connect_args={"connect_timeout": _PATIENCE} if server else {"timeout": _PATIENCE})
    table = sa.Table(f"greffier_doctor_{secrets.token_hex(4)}", sa.MetaData(), sa.Column("one", sa.Integer))
    try:
        with engine.begin() as connection:
            table.create(connection)
            connection.execute(table.insert().values(one=1))
            table.drop(connection)
    finally:
        engine.dispose()


def _key(settings: Settings) -> Diagnosis:
    if not settings.app_id:
        if settings.token:
            return advice(
                "key",
                Text("Un jeton personnel remplace l'App.", "A personal token stands for the App."),
                Text(
                    "Il va pour un essai ; en service, une App a moins de droits et peut poser des check runs.",
                    "It is fine for a trial; in service, an App has fewer rights and may post check runs.",
                ),
            )
        return wrong(
            "key",
            Text("Ni App, ni jeton personnel.", "Neither an App nor a personal token."),
            Text("Créez l'App : greffier app-manifest.", "Create the App: greffier app-manifest."),
        )
    todo = Text(
        "Sur la page de l'App, « Generate a private key » ; donnez le fichier tel quel à GREFFIER_PRIVATE_KEY_FILE.",
        "On the App's page, “Generate a private key”; give the file as it is to GREFFIER_PRIVATE_KEY_FILE.",
    )
    try:
        key = load_pem_private_key(settings.private_key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = Text(
            "La clé privée ne se lit pas : elle est coupée, chiffrée ou d'un autre format.",
            "The private key can't be read: it is cut, encrypted or of another format.",
        )
        return wrong("key", found, todo)
    if not isinstance(key, RSAPrivateKey):
        return wrong("key", Text("La clé privée n'est pas une clé RSA.", "The private key is no RSA key."), todo)
    return ok(
        "key",
        f"La clé privée se lit (RSA, {key.key_size} bits).",
        f"The private key is readable (RSA, {key.key_size} bits).",
    )
