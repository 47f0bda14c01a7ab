"""Workers that die: each is a process of its own, forked from one that has read all of their code before, as reading
it takes longer than a review."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Mapping
from functools import partial
from multiprocessing.context import ForkServerProcess
from typing import Any
from unittest import mock

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
    """Count the commits that this process makes in any database, and die as it is about to make one of them."""
    lock, count = threading.Lock(), 0

    def committing() -> None:
        nonlocal count
        with lock:
            count += 1
            if count == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    _watch_engines(committing)
    _watch_files(committing)


def _watch_engines(committing: Callable[[], None]) -> None:
    """Call before each commit of SQLAlchemy that changes something."""

    @event.listens_for(Engine, "after_cursor_execute")
    def executed(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "SHOW")) and cursor.rowcount != 0:
            connection.info["changed"] = True

    @event.listens_for(Engine, "rollback")
    def rolled_back(connection: Any) -> None:
        connection.info.pop("changed", None)

    @event.listens_for(Engine, "commit")
    def committed(connection: Any) -> None:
        if connection.info.pop("changed", False):
            committing()


def _watch_files(committing: Callable[[], None]) -> None:
    """Call before each commit of what is kept in a SQLite file without SQLAlchemy, which has a `connect` of its own:
    the memory of contents and of what was judged."""

    class Watched(sqlite3.Connection):
        def _tell(self) -> None:
            if self.in_transaction and self.total_changes:
                committing()

        def commit(self) -> None:
            self._tell()
            super().commit()

        def __exit__(self, kind: Any, *fault: Any) -> Any:  # does not call `commit`
            if kind is None:
                self._tell()
            return super().__exit__(kind, *fault)

    mock.patch.object(sqlite3, "connect", partial(sqlite3.connect, factory=Watched)).start()
