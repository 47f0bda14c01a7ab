"""Judge every commit of the real pull requests and count: faults found, lines, false alarms, suggestions, advice.

    python tests/benchmarks/pull_requests.py FOLDER [--mirror x.git]

FOLDER holds `history.bundle` and `pull-requests.json`; without it there is nothing to measure.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

from rules.catalogue import Catalogue
from rules.document import Document, kind_of, parse
from rules.judgement import Change, judge_request
from rules.loader import load_rules
from rules.model import EntryVerdict, Finding, Kind, Outcome, Severity

RULES = load_rules()
READING = {rule.id for rule in RULES if rule.check.__module__ == "rules.checks.readable"}
# A head with such a finding was merged, but it is no good one: the site never showed its entry.
IGNORED = ("file-without-md", "file-misplaced")
# The rules that stand for each code of pull-requests.json; an unreadable header stands for all.
STANDS_FOR = {
    "yaml": READING,
    "no_front_matter": {"front-matter-missing", "front-matter-unclosed"},
    "missing_title": {"api-title", "service-title"},
    "missing_tagline": {"api-tagline"},
    "missing_producer": {"producer-declared"},
    "unknown_producer": {"producer-has-sheet"},
    "missing_is_open": {"api-is-open"},
    "is_open_value": {"api-is-open"},
    "missing_themes": {"api-themes"},
    "missing_last_update": {"api-last-update"},
    "no_documentation": {"technical-documentation"},
    "closed_without_access_page": {"access-page-needed"},
    "access_page_missing_is_eligible": {"access-page-entry-complete"},
    "unknown_api": {"service-api-exists"},
    "roadmap_shape": {"roadmap-shape"},
}
NAMES = {
    "names/images-api-logo.txt": "public/images/api-logo",
    "names/images-service-screenshot.txt": "public/images/service-screenshot",
    "names/swaggers.txt": "public/swaggers",
    "names/resources.txt": "public/resources",
}


class Mirror:
    """A bare clone, read through one `git cat-file --batch`."""

    def __init__(self, path: str) -> None:
        command = ["git", "-C", path, "cat-file", "--batch"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.parsed: dict[tuple[str, str], Document] = {}
        self.tree = cache(self._tree)
        self.blob = cache(self._read)

    def _read(self, name: str) -> bytes:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(name.encode() + b"\n")
        self.process.stdin.flush()
        header = self.process.stdout.readline().split()
        return self.process.stdout.read(int(header[2]) + 1)[:-1]

    def _tree(self, name: str) -> dict[str, tuple[bool, str]]:
        """Return what a tree holds: by name, whether it is a folder, and its object."""
        data, at, found = self._read(name), 0, {}
        while at < len(data):
            end = data.index(b"\0", at)
            mode, _, label = data[at:end].partition(b" ")
            found[label.decode()] = (mode == b"40000", data[end + 1 : end + 21].hex())
            at = end + 21
        return found

    def files(self, ref: str) -> dict[str, str]:
        """Return the files of a commit: path to blob."""
        return dict(self._walk(f"{ref}^{{tree}}", ""))

    def _walk(self, tree: str, folder: str) -> Iterator[tuple[str, str]]:
        for name, (is_folder, oid) in self.tree(tree).items():
            if is_folder:
                yield from self._walk(oid, f"{folder}{name}/")
            else:
                yield folder + name, oid

    def document(self, path: str, oid: str) -> Document:
        if (path, oid) not in self.parsed:
            self.parsed[path, oid] = parse(path, self.blob(oid))
        return self.parsed[path, oid]

    def catalogue(self, files: dict[str, str]) -> Catalogue:
        listed = (
            f"{folder}/{name}"
            for source, folder in NAMES.items()
            for name in (self.blob(files[source]).decode().splitlines() if source in files else [])
        )
        return Catalogue((self.document(path, oid) for path, oid in files.items() if kind_of(path)), listed)


@dataclass
class Request:
    """One commit of a pull request, judged as if it were merged into the base."""

    mirror: Mirror
    base: dict[str, str]
    head: dict[str, str]
    changes: list[Change]

    @classmethod
    def of(cls, mirror: Mirror, pull: dict[str, Any], ref: str) -> Request:
        # Branches lag behind their base: only what the request itself changes is taken from it.
        own = {path for file in pull["files"] for path in (file["path"], file.get("old", file["path"]))}
        own |= {fault["file"] for commit in pull["commits"] for fault in commit["faults"]}
        base, commit = mirror.files(pull["base"]), mirror.files(ref)
        touched = {
            path
            for path in base.keys() | commit.keys()
            if base.get(path) != commit.get(path)
            and (path in own or path.startswith("names/") or kind_of(path) is Kind.STRAY)
        }
        head = {path: oid for path, oid in {**base, **{p: commit.get(p, "") for p in touched}}.items() if oid}
        entries = sorted(path for path in touched if kind_of(path))
        gone = [path for path in entries if path not in head]
        changes = []
        for path in entries:
            if path in head:
                previous = path if path in base else cls._source(mirror, path, head[path], gone, base)
                changes.append(Change(path, previous))
        moved = {change.previous for change in changes}
        changes += [Change(path, path, gone=True) for path in gone if path not in moved]
        return cls(mirror, base, head, changes)

    @staticmethod
    def _source(mirror: Mirror, path: str, oid: str, gone: Iterable[str], base: dict[str, str]) -> str | None:
        """Return the file that was renamed to `path`: like git, more than half of it must be the same."""
        lines = mirror.blob(oid).splitlines()
        for other in gone:
            if kind_of(other) is kind_of(path):
                compared = SequenceMatcher(None, mirror.blob(base[other]).splitlines(), lines, autojunk=False)
                if compared.ratio() > 0.5:
                    return other
        return None

    def judge(self, mended: dict[str, Document] | None = None) -> tuple[EntryVerdict, ...]:
        after = self.mirror.catalogue(self.head)
        if mended:
            after = Catalogue({**after.documents, **mended}.values(), after.files)
        return judge_request(RULES, self.mirror.catalogue(self.base), after, self.changes)

    def wrong_suggestions(self) -> tuple[int, list[str]]:
        """Apply each suggestion alone: return how many there are, and those that leave their finding or create one.
        What is told of a header that becomes readable is nothing new."""
        verdicts, wrong, count = self.judge(), [], 0
        for finding in (f for entry in verdicts if entry.touched for f in entry.findings if f.introduced):
            if finding.fix is None:
                continue
            count += 1
            document = self.mirror.document(finding.path, self.head[finding.path])
            mended = parse(finding.path, finding.fix.apply(document.text))
            known, left = (
                {f.fingerprint for entry in some if entry.path == finding.path for f in entry.findings}
                for some in (verdicts, self.judge({finding.path: mended}))
            )
            created = set[Any]() if document.problem else left - known
            if finding.fingerprint in left or mended.problem or created:
                wrong.append(f"{finding.path}:{finding.line} {finding.rule.id} {sorted(created)}")
        return count, wrong

    def mend(self) -> tuple[EntryVerdict, ...]:
        """Judge again once every suggestion on a blocking point is applied, and again while that shows others."""
        verdicts = self.judge()
        mended: dict[str, Document] = {}
        for _ in range(5):
            fixes = defaultdict(list)
            for finding in blocking(verdicts):
                if finding.fix:
                    fixes[finding.path].append(finding.fix)
            if not fixes:
                break
            for path, some in fixes.items():
                document = mended.get(path) or self.mirror.document(path, self.head[path])
                text, above = document.text, sys.maxsize
                for fix in sorted(some, key=lambda fix: -fix.start_line):
                    if fix.end_line < above:
                        text, above = fix.apply(text), fix.start_line
                mended[path] = parse(path, text)
            verdicts = self.judge(mended)
        return verdicts


def blocking(verdicts: Iterable[EntryVerdict]) -> list[Finding]:
    """Return the findings that block the request."""
    found = [finding for entry in verdicts for finding in entry.findings]
    return [finding for finding in found if finding.introduced and finding.rule.severity is Severity.BLOCKING]


def standing_for(fault: dict[str, Any], findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that tell a fault."""
    rules = STANDS_FOR[fault["code"]] | READING
    return [finding for finding in findings if finding.path == fault["file"] and finding.rule.id in rules]


def on_the_line(fault: dict[str, Any], finding: Finding) -> bool:
    slack = 1 if finding.rule.id in READING else 0
    places = [*fault.get("fix_lines", []), *([[fault["line"]] * 2] if fault["line"] else [])]
    return any(
        first - slack <= line <= last + slack for first, last in places for line in (finding.line, finding.end_line)
    )


def measure(mirror: Mirror, pulls: list[dict[str, Any]]) -> None:
    found, wanted, mended = Counter[str](), Counter[str](), Counter[str]()
    lines: dict[str, list[bool]] = {"YAML": [], "other": []}
    alarms, advice, questions = [], Counter[str](), 0
    per_head: list[int] = []
    unseen: list[int] = []
    misses, commits, suggested, wrong = [], 0, 0, list[str]()
    for pull in pulls:
        for commit in pull["commits"]:
            if not commit["schema_ok"]:
                continue
            commits += 1
            request = Request.of(mirror, pull, commit["ref"])
            blocked = blocking(request.judge())
            count, bad = request.wrong_suggestions()
            suggested, wrong = suggested + count, wrong + [f"{commit['ref']} {one}" for one in bad]
            left = blocking(request.mend()) if commit["faults"] else []
            for fault in commit["faults"]:
                wanted[fault["code"]] += 1
                told = standing_for(fault, blocked)
                found[fault["code"]] += bool(told)
                mended[fault["code"]] += bool(told) and not standing_for(fault, left)
                if not told:
                    misses.append(f"{commit['ref']} {fault['file']} {fault['code']}")
                else:
                    yaml = fault["code"] == "yaml"
                    if fault["line"] and (not yaml or "fix_lines" in fault):
                        right = any(on_the_line(fault, finding) for finding in told)
                        lines["YAML" if yaml else "other"].append(right)
                        if not right:
                            misses.append(f"{commit['ref']} {fault} line {[(f.rule.id, f.line) for f in told]}")
        last = pull["commits"][-1]
        if not last["schema_ok"] or last["faults"]:
            continue
        verdicts = Request.of(mirror, pull, pull["head"]).judge()
        blocked = blocking(verdicts)
        if any(finding.rule.id in IGNORED for finding in blocked):
            unseen.append(pull["pr"])
            continue
        alarms += [(pull["pr"], finding) for finding in blocked]
        told = [f for entry in verdicts for f in entry.findings if f.rule.severity is Severity.ADVISORY]
        advice.update(finding.rule.id for finding in told)
        per_head.append(len(told))
        questions += sum(c.outcome is Outcome.CANT_TELL for entry in verdicts for c in entry.criteria)
    print(f"{commits} commits judged, {len(per_head)} good merged heads")
    for code, count in wanted.items():
        print(f"  {code}: {found[code]} of {count} found, {mended[code]} mended by suggestions alone")
    print(f"  all: {found.total()} of {wanted.total()} found, {mended.total()} mended by suggestions alone")
    print(f"suggestions applied one by one: {suggested}, of which {len(wrong)} leave their finding or create one")
    for one in wrong:
        print(f"  wrong: {one}")
    for kind, right in lines.items():
        print(f"lines, {kind}: {sum(right)} of {len(right)}")
    for miss in misses:
        print(f"  missed: {miss}")
    print(f"merged although the site ignores the file: {unseen}")
    print(f"good merged heads flagged: {len({pr for pr, _ in alarms})}")
    for pr, finding in alarms:
        print(f"  #{pr} {finding.path}:{finding.line} {finding.rule.id} {dict(finding.facts)}")
    print(f"advice: {sum(per_head) / len(per_head):.2f} per good merged head, {max(per_head)} at most")
    print(f"  {dict(advice.most_common())}")
    print(f"open questions or unanswered: {questions / len(per_head):.2f} per good merged head")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mirror", help="a mirror clone of the bundle, to save making one")
    args = parser.parse_args()
    if not (args.folder / "pull-requests.json").is_file():
        print(f"{args.folder} holds no pull-requests.json: nothing to measure.")
        return
    start = time.perf_counter()
    pulls = json.loads((args.folder / "pull-requests.json").read_text())
    with tempfile.TemporaryDirectory() as temporary:
        if not args.mirror:
            bundle = str(args.folder / "history.bundle")
            subprocess.run(["git", "clone", "--quiet", "--mirror", bundle, f"{temporary}/x.git"], check=True)
        measure(Mirror(args.mirror or f"{temporary}/x.git"), pulls)
    print(f"{time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
