"""Databases for the tests of the queue: SQLite files, and a PostgreSQL server of our own where one is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, None where it is not installed."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


@contextmanager
def postgres() -> Iterator[str]:
    """Yield the URL of a new server on loopback, without its database; it and its files go away afterwards."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    # The server refuses to run as root, and its socket's path must be short.
    as_owner = {"user": "nobody"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder, socket.socket() as probe:
        if as_owner:
            shutil.chown(folder, "nobody")
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        data = f"{folder}/data"
        run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **as_owner}
        subprocess.run([programs / "initdb", "-D", data, "-U", "greffier", "-A", "trust", "-E", "UTF8", "-N"], **run)  # type: ignore[call-overload]
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c max_connections=200"
        control = [programs / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/server.log"]
        subprocess.run([*control, "-o", options, "start"], **run)  # type: ignore[call-overload]
        try:
            yield f"postgresql://greffier@127.0.0.1:{port}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **run)  # type: ignore[call-overload]
