"""Compares our reading of every front matter of a catalogue's history with that of the site's own npm packages.

Usage: python tests/benchmarks/site_parser.py FOLDER, where FOLDER holds `history.bundle`. Needs git, node and npm,
which installs the packages in a temporary folder. Prints « N of N equal »; exits with 1 when one differs.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rules.document import Document, Timestamp, parse

PACKAGES = ("front-matter@4.0.2", "js-yaml@3.14.1")
# What the site reads as « no attributes »: a finding for us, an answer for its parser.
ABSENT = {"front-matter-missing", "front-matter-unclosed", "front-matter-empty"}


def blobs(bundle: Path, workspace: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each distinct file under `_data` of the history, with one of its paths."""
    mirror = workspace / "history.git"
    subprocess.run(["git", "clone", "--quiet", "--mirror", str(bundle), str(mirror)], check=True)
    listed = subprocess.run(
        ["git", "-C", str(mirror), "rev-list", "--objects", "--all", "--", "_data"], check=True, capture_output=True
    ).stdout.decode()
    paths = dict(line.split(" ", 1) for line in listed.splitlines() if " " in line)
    batch = subprocess.run(
        ["git", "-C", str(mirror), "cat-file", "--batch"],
        input="\n".join(paths).encode(),
        check=True,
        capture_output=True,
    ).stdout
    at = 0
    while at < len(batch):
        start = batch.index(b"\n", at) + 1
        oid, kind, size = batch[at : start - 1].decode().split()
        if kind == "blob":
            yield paths[oid], batch[start : start + int(size)]
        at = start + int(size) + 1


def jsonable(value: object) -> object:
    """Return `value` with what JSON can't say told as the JavaScript side expects it."""
    if isinstance(value, Timestamp):
        return {"$date": value.text}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": {"inf": "Infinity", "-inf": "-Infinity"}.get(repr(value), "NaN")}
    if isinstance(value, list):
        return [jsonable(item) for item in value]
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in value.items()}
    return value


def answer(document: Document) -> object:
    """Return what the site's parser must give for `document`; None for an error."""
    if document.problem and document.problem.code not in ABSENT:
        return None
    return {"attributes": jsonable(document.data), "body": document.body}


def compare(texts: Iterable[str], packages: Path) -> Iterator[dict[str, object]]:
    """Yield for each text whether both readings are equal, and the site's."""
    lines = [json.dumps({"text": text, "ours": answer(parse("_data/api/x.md", text))}) for text in texts]
    script = Path(__file__).with_suffix(".mjs")
    done = subprocess.run(
        ["node", str(script)], input="\n".join(lines).encode(), cwd=packages, check=True, capture_output=True
    )
    return map(json.loads, done.stdout.splitlines())


def main(folder: Path) -> int:
    bundle = folder / "history.bundle"
    missing = [name for name in ("git", "node", "npm") if not shutil.which(name)]
    if missing or not bundle.exists():
        print(f"skipped: {', '.join(missing) or bundle} not found")
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        workspace = Path(temporary)
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", temporary, *PACKAGES]
        if subprocess.run(install, check=False, capture_output=True).returncode:
            print("skipped: npm could not install the site's packages")
            return 0
        files = [(path, raw) for path, raw in blobs(bundle, workspace) if path.endswith(".md")]
        start = time.perf_counter()
        for path, raw in files:
            parse(path, raw)
        spent = time.perf_counter() - start
        # node reads invalid bytes as U+FFFD, where we refuse the file
        results = list(compare((raw.decode("utf-8", "replace") for _, raw in files), workspace))
        for (path, _), result in zip(files, results, strict=True):
            if not result["equal"]:
                print(f"differs: {path}: {result['error'] or 'read by the site'}")
        equal = sum(bool(result["equal"]) for result in results)
        print(f"{equal} of {len(results)} equal; ours read them in {spent:.2f} s")
        return int(equal < len(results))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
