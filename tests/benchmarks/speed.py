"""Measures `greffier check --all` on the real catalogue, beside the site's own kind of tests on the same files.

Usage: python tests/benchmarks/speed.py FOLDER, where FOLDER holds `history.bundle`. Needs git, node and npm. The wheel
is installed in a temporary environment, as users have it. Exits with 1 where a bound is missed, and
says so; with 0 where one of these is not there.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
STATE = "catalogue-2022-06-30"
# Where the names listed in `names/*.txt` stand on the site.
NAMES = {
    "images-api-logo": "public/images/api-logo",
    "images-service-screenshot": "public/images/service-screenshot",
    "resources": "public/resources",
    "swaggers": "public/swaggers",
}
PACKAGES = ("jest@29.7.0", "front-matter@4.0.2", "js-yaml@3.14.1", "lodash@4.17.21")
RUNS = 9
MOST_SHARE, MOST_VERSION, MOST_MEMORY = 1 / 4, 0.1, 80  # of the site's time; seconds; MB


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> None:
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode > 1:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def catalogue(bundle: Path, folder: Path) -> Path:
    """The real catalogue as a clone: its entries, and an empty file for each image, swagger and resource."""
    run("git", "clone", "-q", "-b", STATE, bundle, folder)
    for name, place in NAMES.items():
        for file in (folder / "names" / f"{name}.txt").read_text("utf-8").splitlines():
            (folder / place / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / place / file).touch()
    shutil.rmtree(folder / "names")
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    run("git", "init", "-q", "-b", "main", cwd=folder)
    run("git", "add", "--all", cwd=folder)
    run("git", "-c", "user.name=x", "-c", "user.email=x@example.invalid", "commit", "-qm", "x", cwd=folder)


def greffier(folder: Path) -> Path:
    """Install the wheel with the packages of the project's own environment; return the command."""
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "project.pth").write_text(next(path for path in sys.path if path.endswith("site-packages")) + "\n")
    copy = folder / "project"
    for name in ("bot", "rules", "webhooks"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, copy)
    options = (
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--no-warn-script-location",
        "--force-reinstall",
    )
    run(sys.executable, "-m", "pip", "--python", folder / "bin/python", "install", *options, copy)
    return folder / "bin/greffier"


def site(folder: Path) -> list[str | Path]:
    """Install the site's packages and tests like its own; return the command."""
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *PACKAGES)
    run("node", PROJECT / "tests/benchmarks/site_suite.mjs", folder)
    return ["npm", "test", "--prefix", folder]  # as its contributors run them


def multiplied(source: Path, folder: Path, entries: int) -> Path:
    """A catalogue of so many entries: the real ones again and again, under other names and titles."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".git"))
    files = sorted((source / "_data").rglob("*.md"))
    for number in range(entries - len(files)):
        file, again = files[number % len(files)], number // len(files) + 2
        text = file.read_bytes().replace(b"\ntitle: ", b"\ntitle: %d " % again, 1)
        (folder / file.relative_to(source)).with_stem(f"{file.stem}-{again}").write_bytes(text)
    commit(folder)
    return folder


def timed(*command: str | Path, cwd: Path, **environment: str) -> float:
    start = time.perf_counter()
    run(*command, cwd=cwd, **environment)
    return time.perf_counter() - start


def memory(*command: str | Path, cwd: Path) -> float:
    """Return the peak memory of a command in MB, measured from a process of its own."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=-3); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], cwd=cwd, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def measures(bundle: Path, workspace: Path) -> Iterator[tuple[str, bool]]:
    """Yield each measure in words, and whether it is within its bound."""
    real = catalogue(bundle, workspace / "catalogue")
    ours, theirs = greffier(workspace / "venv"), site(workspace / "site")
    check = (ours, "check", "--all")
    empty, checks, suites, versions = [], [], [], []
    for _ in range(RUNS):  # turn by turn, so that a busy moment falls on both
        empty.append(timed(ours.parent / "python", "-c", "pass", cwd=real))
        checks.append(timed(*check, cwd=real))
        suites.append(timed(*theirs, cwd=workspace / "site", CATALOGUE=str(real)))
        versions.append(timed(ours, "--version", cwd=real))
    yield f"python -c pass: {said(empty)}", True
    yield f"greffier check --all: {said(checks)}", True
    yield f"the site's kind of tests: {said(suites)}", True
    share = statistics.median(checks) / statistics.median(suites)
    yield f"share of the site's time: {share:.2f}, at most {MOST_SHARE}", share <= MOST_SHARE
    version = statistics.median(versions)
    yield f"greffier --version: {said(versions)}, at most {MOST_VERSION}", version <= MOST_VERSION
    peak = memory(*check, cwd=real)
    yield f"peak memory: {peak:.0f} MB, below {MOST_MEMORY}", peak < MOST_MEMORY
    base = 0.0
    for entries in (250, 2_500, 25_000):
        folder = multiplied(real, workspace / str(entries), entries)
        count = len(list((folder / "_data").rglob("*.md")))
        took = min(timed(*check, cwd=folder) for _ in range(3 if entries < 25_000 else 1))
        each = (took - min(empty)) / count * 1000
        base = base or each
        yield f"{count} entries: {took:.2f} s, {each:.2f} ms each, {memory(*check, cwd=folder):.0f} MB", each < 2 * base


def said(times: list[float]) -> str:
    return f"{statistics.median(times):.3f} s (from {min(times):.3f} to {max(times):.3f}, {len(times)} runs)"


def main() -> None:
    bundle = Path(sys.argv[1]) / "history.bundle"
    lacking = [name for name in ("git", "node", "npm") if not shutil.which(name)]
    if lacking or not bundle.exists():
        print(f"skipped: {', '.join(lacking) or bundle} is not there")
        return
    kept = True
    with tempfile.TemporaryDirectory() as workspace:
        for words, within in measures(bundle.resolve(), Path(workspace)):
            print(words if within else f"{words}: MISSED", flush=True)
            kept &= within
    sys.exit(not kept)


if __name__ == "__main__":
    main()
