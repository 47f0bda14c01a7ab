"""A worker that dies at a given commit: `python -m tests.crash_worker N` kills itself as it is about to make the N-th
commit that changes something in a database, and is `greffier worker` otherwise."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

from sqlalchemy import Engine, event

from bot.cli import main


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


if __name__ == "__main__":
    die_at(int(sys.argv[1]))
    main(["worker"])
