"""The real service beside the stand-in, started as an operator would start it: `greffier serve` and its settings."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.environment import for_the_playground
from bot.playground.loopback import HOST
from bot.playground.model import App
from bot.playground.store import Store
from bot.playground.webhook import Hook
from bot.supervisor import Part, supervise

# A newcomer pushes once and watches: no need to wait for more pushes, nor to spare this GitHub. Its links lead nowhere.
_PACE = {"QUIET": "0.5", "AT_MOST": "5", "POLL": "0.2", "BACKOFF": "0.5", "BETWEEN_WRITES": "0", "PROBE": "off"}


class Service:
    """The service in processes of its own; `hook` is the way to it, and where the stand-in sends deliveries."""

    def __init__(self, hook: Hook, keeper: threading.Thread, log: Path) -> None:
        self.hook, self._keeper, self._log = hook, keeper, log

    @property
    def runs(self) -> bool:
        """Whether it is kept running: it is not once it failed to start."""
        return self._keeper.is_alive()

    @property
    def listens(self) -> bool:
        """Whether it can be reached."""
        try:
            socket.create_connection(_address(self.hook), timeout=1).close()
        except OSError:
            return False
        return True

    @property
    def last_words(self) -> str:
        """The end of what it logged."""
        return "\n".join(self._log.read_text("utf-8", "replace").splitlines()[-10:])


@contextmanager
def serving(store: Store, app: App, private_key: str) -> Iterator[Service]:
    """Start the service for an App of the stand-in, in a folder that is deleted at the end; `private_key` is PEM."""
    hook = Hook(store, f"http://{HOST}:{_free_port()}/webhooks/github", secrets.token_urlsafe(32))
    with TemporaryDirectory(prefix="greffier-") as folder:
        given = _PACE | {
            "APP_ID": str(app.id),
            "PRIVATE_KEY": private_key,
            "WEBHOOK_SECRET": hook.secret,
            "GITHUB_URL": f"{store.api_url}/api/v3",
            "LISTEN": "{}:{}".format(*_address(hook)),
            "DATA": folder,
        }
        command = [sys.executable, "-m", "bot", "serve", "--parent", str(os.getpid())]
        log, stop = Path(folder) / "service.log", threading.Event()
        with log.open("wb") as output:
            # Python would run a folder named « bot » where the command was typed, instead of ours.
            part = Part(command, {**for_the_playground(given), "PYTHONSAFEPATH": "1"}, output)
            keeper = threading.Thread(target=supervise, args=([part], stop))
            keeper.start()
            try:
                yield Service(hook, keeper, log)
            finally:
                stop.set()
                keeper.join()


def _address(hook: Hook) -> tuple[str, int]:
    host, _, port = hook.url.split("/")[2].partition(":")
    return host, int(port)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
        return port
