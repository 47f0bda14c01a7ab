"""Workers that die: each is a process of its own, forked from one that has read all of their code before, as reading
it takes longer than a review."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from typing import Any

from sqlalchemy import Engine, event

# All that a worker imports as it starts.
import bot.answers
import bot.evidence
import bot.follow
import bot.forge
import bot.history
import bot.jobs
import bot.journal
import bot.metrics
import bot.missed
import bot.review
import bot.watch
import bot.worker  # noqa: F401
from bot.cli import main

_CODE_READ = multiprocessing.get_context("forkserver")
_CODE_READ.set_forkserver_preload([__name__])


def start(environment: Mapping[str, str], fatal: int | None = None) -> ForkServerProcess:
    """Start `greffier worker`; it kills itself as it is about to make the `fatal`-th commit that changes something
    in a database."""
    process = _CODE_READ.Process(target=_work, args=(dict(environment), fatal), daemon=True)
    process.start()
    return process


def _work(environment: Mapping[str, str], fatal: int | None) -> None:
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if fatal is not None:
        die_at(fatal)
    main(["worker"])


def die_at(fatal: int) -> None:
    """Count the commits of every engine of this process."""
    lock, count = threading.Lock(), 0

    @event.listens_for(Engine, "after_cursor_execute")
    def executed(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "SHOW")) and cursor.rowcount != 0:
            connection.info["changed"] = True

    @event.listens_for(Engine, "rollback")
    def rolled_back(connection: Any) -> None:
        connection.info.pop("changed", None)

    @event.listens_for(Engine, "commit")
    def committing(connection: Any) -> None:
        nonlocal count
        if connection.info.pop("changed", False):
            with lock:
                count += 1
                if count == fatal:
                    os.kill(os.getpid(), signal.SIGKILL)
