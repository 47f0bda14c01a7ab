"""A real Chromium without a window, driven through a pipe by its own protocol, and axe-core to judge a page.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MODULES = Path(os.environ.get("GREFFIER_GITHUB_SCHEMAS") or Path(__file__).parent.parent / "node_modules")
AXE = MODULES / "axe-core/axe.min.js"
ABSENT = "" if CHROMIUM and AXE.exists() else f"there is no {AXE if CHROMIUM else 'Chromium'} here"
PHONE, DESKTOP = (375, 812), (1280, 900)
_FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --disable-dev-shm-usage --no-proxy-server --remote-debugging-pipe"""
# The protocol is read on descriptor 3 and written on descriptor 4.
_START = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)


class Browser:
    """One page of a running Chromium."""

    def __init__(self, send: int, receive: int) -> None:
        self._send, self._receive, self._rest, self._last = send, receive, b"", 0
        self._session = ""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")
        self.ask("Network.enable")
        self.loaded: list[str] = []

    def ask(self, method: str, **values: object) -> dict[str, Any]:
        """Return the answer to one question of the protocol."""
        self._last += 1
        told = {"id": self._last, "method": method, "params": values}
        os.write(
            self._send, json.dumps(told | ({"sessionId": self._session} if self._session else {})).encode() + b"\0"
        )
        while (said := self._next()).get("id") != self._last:
            self._hear(said)
        assert "error" not in said, said["error"]
        answer: dict[str, Any] = said["result"]
        return answer

    def look(self, size: tuple[int, int]) -> None:
        """Have the page shown in a window of this width and height."""
        mobile = size == PHONE
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=mobile
        )

    def open(self, address: str) -> None:
        """Go to an address and wait for the page; `loaded` then names all that it asked for."""
        self.loaded = []
        self.ask("Page.navigate", url=address)
        self._wait()

    def act(self, script: str) -> None:
        """Do something that leads to another page, and wait for it."""
        self.run(script)
        self._wait()

    def run(self, script: str) -> Any:
        """Return what a script comes to."""
        asked = {"expression": script, "awaitPromise": True, "returnByValue": True}
        answer = self.ask("Runtime.evaluate", **asked)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def faults(self) -> list[str]:
        """Return what axe-core has against the page."""
        self.run(AXE.read_text("utf-8") + ";0")
        found = self.run("axe.run().then(done => done.violations)")
        return [f"{one['id']} {node['target']}: {node['failureSummary']}" for one in found for node in one["nodes"]]

    def picture(self, path: Path) -> None:
        """Write the whole page as a PNG."""
        answer = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _wait(self) -> None:
        while True:
            said = self._next()
            self._hear(said)
            if said.get("method") == "Page.loadEventFired":
                return

    def _hear(self, said: dict[str, Any]) -> None:
        if said.get("method") == "Network.requestWillBeSent":
            self.loaded.append(said["params"]["request"]["url"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            read = os.read(self._receive, 1 << 20)
            assert read, "the browser has ended"
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        heard: dict[str, Any] = json.loads(message)
        return heard


@contextmanager
def browser() -> Iterator[Browser]:
    """Give a browser with an empty profile; it ends with the block."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    high = [fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (theirs_in, theirs_out)]
    with tempfile.TemporaryDirectory(prefix="chromium", ignore_cleanup_errors=True) as profile:
        command = [str(CHROMIUM), *_FLAGS.split(), f"--user-data-dir={profile}", "--accept-lang=fr"]
        process = subprocess.Popen(
            [sys.executable, "-c", _START, *map(str, high), *command], pass_fds=high, stderr=subprocess.DEVNULL
        )
        for one in (theirs_in, theirs_out, *high):
            os.close(one)
        try:
            yield Browser(ours_out, ours_in)
        finally:
            for one in (ours_out, ours_in):
                os.close(one)
            process.terminate()
            process.wait(20)
