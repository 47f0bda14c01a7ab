"""`greffier playground`: the real service on a make-believe GitHub, all on this machine, to see it at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from bot.commands import common
from bot.errors import Unusable
from bot.wording import Lang

if TYPE_CHECKING:
    from bot.playground.service import Service

PORT = 8080
_STARTS = 60  # seconds that the service has to start
_WORDS = {
    "fr": {
        "help": "Ouvre un bac à sable : un faux GitHub sur cette machine, un catalogue inventé, des demandes de "
        "fusion, et le vrai greffier qui les relit. Ni compte ni réglage n'est nécessaire, et rien ne sort d'ici.",
        "port": "Port de la page à ouvrir dans le navigateur.",
        "starting": "Le bac à sable démarre…",
        "ready": "\nOuvrez {address} dans votre navigateur : {count} demandes y attendent, "
        "et greffier les relit.\nPour arrêter : Ctrl-C.",
        "bye": "Le bac à sable est fermé. Il n'en reste rien.",
    },
    "en": {
        "help": "Opens a playground: a make-believe GitHub on this machine, a made-up catalogue, pull requests, and "
        "the real greffier reviewing them. It needs no account and no settings, and nothing leaves this machine.",
        "port": "Port of the page to open in the browser.",
        "starting": "The playground is starting…",
        "ready": "\nOpen {address} in your browser: {count} pull requests are waiting there, "
        "and greffier is reviewing them.\nTo stop: Ctrl-C.",
        "bye": "The playground is closed. Nothing of it is left.",
    },
}


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    words = _WORDS[lang]
    port = click.Option(
        ["--port"], type=click.IntRange(0, 65535), default=PORT, show_default=True, metavar="PORT", help=words["port"]
    )
    return click.Command(
        "playground",
        callback=lambda port: _play(words, port),
        help=words["help"],
        add_help_option=False,
        params=[port, *common(lang)],
    )


def _play(words: Mapping[str, str], port: int) -> None:
    """Run until asked to stop. Raises Unusable where the port is taken, or where the service does not run."""
    from bot.playground.github import serve
    from bot.playground.loopback import listening
    from bot.playground.pages import create_pages
    from bot.playground.scene import set_scene
    from bot.playground.service import serving
    from bot.playground.store import Store
    from bot.supervisor import stop_asked

    stop = stop_asked(None)
    click.echo(words["starting"])
    store, (private, public) = Store(), _keys()
    with serve(store), ExitStack() as stack:
        try:
            given = stack.enter_context(listening(create_pages(store), port))
        except OSError:
            raise _taken(port) from None
        store.web_url = f"http://localhost:{given}"
        app, opened = set_scene(store, public)
        service = stack.enter_context(serving(store, app, private))
        _wait(service, stop)
        if not stop.is_set():
            click.echo(words["ready"].format(address=store.web_url, count=len(opened)))
            for event in opened:
                service.hook.deliver(event)
        while not stop.wait(0.2):
            if not service.runs:
                raise _ended(service)
    click.echo(words["bye"])


def _wait(service: Service, stop: threading.Event) -> None:
    """Return once the service listens, or `stop` is set."""
    end = time.monotonic() + _STARTS
    while not service.listens and not stop.wait(0.1):
        if not service.runs or time.monotonic() > end:
            raise _ended(service)


def _keys() -> tuple[str, str]:
    """Return a private key and its public half for the App, as PEM."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def _taken(port: int) -> Unusable:
    return Unusable(
        f"Le port {port} est pris par un autre programme. Choisissez-en un autre : greffier playground --port 8081",
        f"Port {port} is taken by another program. Choose another: greffier playground --port 8081",
    )


def _ended(service: Service) -> Unusable:
    return Unusable(
        f"Le service s'est arrêté, et le bac à sable avec lui. Il disait :\n{service.last_words}",
        f"The service ended, and the playground with it. It said:\n{service.last_words}",
    )
