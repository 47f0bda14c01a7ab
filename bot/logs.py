"""Structured logs: one JSON line per event, with what it is about; never a secret.

{"at": "…", "level": "info", "event": "…", "job": "…", "repo": "…", "pull": "…", …}
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TextIO

from bot.errors import Unusable

MOST = 8_000  # characters of one text: its beginning and its end are kept
_ABOUT: ContextVar[Mapping[str, object]] = ContextVar("about", default=MappingProxyType({}))
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_OF_DBOS = {"applicationID", "applicationVersion", "executorID", "operationUUID"}  # told in our own words
# What looks like a secret, whoever it belongs to: GitHub's tokens, JSON Web Tokens, PEM keys, a password in an address.
# https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
_SECRET = re.compile(
    r"gh[a-z]_[\w.-]{10,}|github_pat_\w+|\bey[\w-]{8,}\.[\w-]+\.[\w-]*|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"
    r"|-----BEGIN[^-]*PRIVATE KEY-----.*?(?:-----END[^-]*-----|$)",
    re.DOTALL,
)


@contextmanager
def about(**what: object) -> Iterator[None]:
    """Say what the events of this block are about: `job`, `repo`, `pull`, `head`, `deliveries`."""
    kept = _ABOUT.set({**_ABOUT.get(), **what})
    try:
        yield
    finally:
        _ABOUT.reset(kept)


def told(record: logging.LogRecord) -> dict[str, Any]:
    """Return what an event tells besides its text: what it is about, and what it found."""
    found = {name: value for name, value in vars(record).items() if name not in _STANDARD | _OF_DBOS}
    return {**_ABOUT.get(), **found}


def start(secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Write the events of this process to `stream` (default: standard error), without any of `secrets`."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(secrets))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    engine = logging.getLogger("dbos")  # it writes lines of its own kind where it finds no handler
    engine.handlers, engine.propagate = [handler], False


def scrubber(secrets: Iterable[str] = ()) -> Callable[[str], str]:
    """Return what makes `***` of each of `secrets` in a text, and of what looks like a secret."""
    parts = {part for secret in secrets for part in (secret, *secret.splitlines()) if len(part) >= 6}
    known = "|".join(re.escape(part) for part in sorted(parts, key=len, reverse=True)) or "(?!)"
    return lambda text: re.sub(known, "***", _SECRET.sub("***", text))


def trace(endpoint: str) -> None:
    """Also send the traces of this process to a collector; to none where `endpoint` is empty."""
    if not endpoint:
        return
    try:
        from bot.traces import Spans
    except ImportError:
        raise Unusable(
            "GREFFIER_OTLP_ENDPOINT demande « pip install greffier[traces] ».",
            "GREFFIER_OTLP_ENDPOINT needs `pip install greffier[traces]`.",
        ) from None
    logging.getLogger().addHandler(Spans(endpoint))


class JsonLines(logging.Formatter):
    """Writes an event as one line of JSON. A secret that it knows, or that looks like one, becomes `***`."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._scrub = scrubber(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        event: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **told(record),
        }
        if record.exc_info and record.exc_info[0]:
            event["trace"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps({name: self._clean(value) for name, value in event.items()}, ensure_ascii=False)

    def _clean(self, value: object) -> Any:
        if value is None or isinstance(value, int | float):
            return value
        if isinstance(value, list | tuple):
            return [self._clean(one) for one in value]
        text = self._scrub(str(value))
        text = text if len(text) <= MOST else f"{text[: MOST // 2]}…{text[-MOST // 2 :]}"
        return text.encode("utf-8", "replace").decode()
