"""Replays real pull requests, commit by commit as pushes, through the whole service into the stand-in for GitHub.

    python tests/benchmarks/replay.py FOLDER [--mirror x.git] [--most 40] [--only 7,12] [--direct] [--page FILE]

FOLDER holds `history.bundle` and `pull-requests.json`; without it there is nothing to replay. `--direct` calls the
review without receiver, queue and worker. `--page` writes what was said, push by push, to be read: never into the
project. Exits with 1 where something was said twice, refused or given up, or where looking again writes.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from difflib import unified_diff
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.markers import is_summary, marked
from bot.playground.model import Pull
from bot.playground.snapshot import snapshot
from bot.playground.traffic import Event
from bot.review import review
from bot.state import PullRef
from bot.writes import PostCheckRun
from rules.document import kind_of
from rules.loader import load_rules
from tests.benchmarks.pull_requests import NAMES, Mirror, Request
from tests.service import Service, service, wait
from tests.standin import World, world

LEFT_OUT = r"<details><summary>English version</summary>.*</details>\n*|(?<=\])\(http://localhost[^)]*\)"
OWNER = "demo"  # the organisation on which the stand-in installs our App


class Replay:
    """Plays pull requests, each in a repository of its own, and counts. `said` is the page, `faults` what is amiss."""

    def __init__(self, github: World, mirror: Mirror, served: Service | None) -> None:
        self.github, self.mirror, self.served = github, mirror, served
        self.requests: dict[str, list[int]] = {"first": [], "later": []}  # of each push
        self.counts: Counter[str] = Counter()
        self.said: list[str] = []
        self.faults: list[str] = []

    def lay(self, told: dict[str, Any]) -> None:
        """Make the repository of a pull request: its base. All are laid before a token is asked for."""
        request = Request.of(self.mirror, told, told["head"])
        name = f"{OWNER}/request-{told['pr']}"
        self.github.store.add_repository(name, self._contents(request.base))
        self.github.owners.extend(self.github.store.installations[self.github.installation or 0], name)

    def play(self, told: dict[str, Any]) -> None:
        """Open one pull request with its first commit, push the others, look again, and print one line."""
        name, commits = f"{OWNER}/request-{told['pr']}", [c["ref"] for c in told["commits"] if c["schema_ok"]]
        repository = self.github.store.repository(name)
        pull, before, spent, conclusions = None, None, [], []
        state = self._contents(Request.of(self.mirror, told, commits[0]).base)
        for number, ref in enumerate(commits, 1):
            request = Request.of(self.mirror, told, ref)
            wanted = self._contents(request.head)
            edits = {path: wanted.get(path) for path in {**state, **wanted} if state.get(path) != wanted.get(path)}
            moved = {c.path: c.previous for c in request.changes if c.previous not in (None, c.path)}
            state = wanted
            if pull is None:
                event = self.github.people.open_pull(name, "marie", f"Fiche {told['pr']}", edits, renames=moved)
                pull = repository.pulls[event.payload["number"]]
            else:
                pull.renames = moved
                event = self.github.people.push(pull, edits, f"Commit {number}")
            spent.append(self._spend(pull, event))
            now = snapshot(pull)
            self._tell(number, pull, before, now)
            conclusions += [run["conclusion"] for run in now["check_runs"]] or ["none"]
            before = now
        self.requests["first"] += spent[:1]
        self.requests["later"] += spent[1:]
        assert pull
        self._look_again(pull, event)
        labels = ", ".join(label.name.removeprefix("greffier : ") for label in pull.labels)
        print(f"#{told['pr']}: requests {spent}; {' '.join(conclusions)}; {labels or 'no label'}", flush=True)

    def close(self) -> None:
        """Count what no pull request tells alone."""
        for request in self.github.store.requests:
            if request.status >= 400:
                self.faults.append(f"{request.method} {request.path}: {request.status} {request.answer[:300]!r}")
        if self.served:
            self.faults += [f"given up: {job}" for job in self.served.jobs.given_up()]
            log = (self.served.folder / "log").read_text().splitlines()
            self.faults += [line for line in log if " failed, " in line]

    def _contents(self, files: dict[str, str]) -> dict[str, bytes]:
        """Return a commit as the site's repository holds it: images and other files by name only."""
        found = {path: self.mirror.blob(oid) for path, oid in files.items() if not path.startswith("names/")}
        for source, folder in NAMES.items():
            listed = self.mirror.blob(files[source]).decode().splitlines() if source in files else []
            found |= {f"{folder}/{name}": b"" for name in listed}
        return found

    def _spend(self, pull: Pull, event: Event) -> int:
        """Have the bot hear of an event; return how many requests it made until it was done, tokens aside."""
        store, begun = self.github.store, len(self.github.store.requests)
        if self.served:
            assert self.served.hook.deliver(event).status_code == 202
            wait(self.served.settled)
        else:
            review(_ref(pull), self.github.forge(), self.github.rules)
        mine = f"/repos/{pull.repository.full_name}/"  # a sweep asks of others
        return sum(request.path == "/graphql" or mine in request.path for request in store.requests[begun:])

    def _look_again(self, pull: Pull, event: Event) -> None:
        """Hold that nothing stands twice, and that neither a delivery more nor a bot without memory writes."""
        shown, name = snapshot(pull), pull.repository.full_name
        standing = Counter(marked(c["body"]) for c in shown["review_comments"] if not c["minimized"])
        summaries = Counter(is_summary(comment["body"]) for comment in shown["comments"])
        reviews = Counter(one.commit for one in pull.reviews)
        runs = Counter((run.head_sha, run.external_id) for run in pull.repository.check_runs)
        for what, counted in (("comment", standing), ("summary", summaries), ("review", reviews), ("check run", runs)):
            self.faults += [f"{name}: {what} {key} {n} times" for key, n in counted.items() if n > 1]
        self._spend(pull, event)
        if snapshot(pull) != shown:
            self.faults.append(f"{name}: a delivery more wrote something")
        self.github.forget()
        again = review(_ref(pull), self.github.forge(), self.github.rules, post=False, again=True).writes
        if any(not isinstance(write, PostCheckRun) for write in again):
            self.faults.append(f"{name}: looked at again, it would get {again}")
        told = Counter(marked(comment.body) for comment in pull.review_comments)
        self.counts["comments on a finding that had one before"] += told.total() - len(told)
        self.counts["reviews"] += len(pull.reviews)

    def _tell(self, number: int, pull: Pull, before: dict[str, Any] | None, now: dict[str, Any]) -> None:
        """Add to the page what a push changed, and count it."""
        self.said.append(f"\n## {pull.title}, push {number}\n")
        for what, title in (("comments", "summary"), ("review_comments", "comment")):
            old = before[what] if before else []
            for at, comment in enumerate(now[what]):
                was = old[at] if at < len(old) else None
                place = f"{comment.get('path', '')}:{comment.get('original_line', '')}".strip(":")
                for done in _became(was, comment):
                    self.counts[f"{title} {done}"] += 1
                    self.said.append(f"\n### {title} {done} {place}\n\n{_news(was, comment)}\n")
        if before and before["labels"] != now["labels"]:
            self.counts["labels changed"] += 1
        verdicts = [f"{run['conclusion']}: {run['title']}" for run in now["check_runs"]]
        self.said.append(f"\n### labels {[label[0] for label in now['labels']]}, check run {verdicts}\n")


def _became(was: dict[str, Any] | None, now: dict[str, Any]) -> Iterator[str]:
    if was is None:
        yield "posted"
        return
    if was["body"] != now["body"]:
        yield "edited"
    if was["minimized"] != now["minimized"]:
        yield f"minimised as {now['minimized']}" if now["minimized"] else "shown again"


def _news(was: dict[str, Any] | None, now: dict[str, Any]) -> str:
    """Return a text, or what changed in it: in French, without the addresses of its links."""
    old, new = (re.sub(LEFT_OUT, "", one["body"] if one else "", flags=re.S) for one in (was, now))
    if was is None:
        return new
    lines = unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@"))) or new[:300]


def _ref(pull: Pull) -> PullRef:
    return PullRef(OWNER, pull.repository.name, pull.number)


def never_merged(mirror: str, known: set[int]) -> Iterator[dict[str, Any]]:
    """Yield the pull requests of the bundle that `pull-requests.json` leaves out, in its form."""

    def git(*words: str) -> list[str]:
        return subprocess.run(["git", "-C", mirror, *words], check=True, capture_output=True, text=True).stdout.split()

    refs = git("for-each-ref", "--format=%(refname)", "refs/pr")
    for number in sorted({int(ref.split("/")[2]) for ref in refs} - known):
        top = f"refs/pr/{number}/"
        pushed = [ref for ref in refs if ref.startswith(f"{top}c")]
        changed = (git("diff", "--no-renames", "--name-only", f"{top}base", ref) for ref in pushed)
        paths = {path for names in changed for path in names if kind_of(path)}
        commits = [{"ref": ref, "faults": [], "schema_ok": True} for ref in pushed]
        files = [{"path": path, "kind": path.split("/")[1], "status": "A"} for path in paths]
        yield {"pr": number, "base": f"{top}base", "head": f"{top}head", "files": files, "commits": commits}


def telling(pull: dict[str, Any]) -> tuple[bool, bool, bool, int]:
    """Return where a pull request stands in the order: first what was pushed several times, broken or moved."""
    commits = [commit for commit in pull["commits"] if commit["schema_ok"]]
    broken = any(commit["faults"] for commit in commits) or any(file["status"] in "DR" for file in pull["files"])
    about = any(file["kind"] in ("service", "producteurs") for file in pull["files"])
    return (len(commits) < 2, not broken, not about, pull["pr"])


def main() -> None:
    """Replay and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mirror", help="a mirror clone of the bundle, to save making one")
    parser.add_argument("--most", type=int, default=40)
    parser.add_argument("--only", default="", help="numbers, with commas between")
    parser.add_argument("--direct", action="store_true")
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    if not (asked.folder / "pull-requests.json").is_file():
        print(f"{asked.folder} holds no pull-requests.json: nothing to replay.")
        return
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        mirror = asked.mirror or f"{folder}/x.git"
        if not asked.mirror:
            bundle = str(asked.folder / "history.bundle")
            subprocess.run(["git", "clone", "--quiet", "--mirror", bundle, mirror], check=True)
        pulls = json.loads((asked.folder / "pull-requests.json").read_text())
        pulls += never_merged(mirror, {pull["pr"] for pull in pulls})
        pulls = sorted((pull for pull in pulls if any(c["schema_ok"] for c in pull["commits"])), key=telling)
        only = asked.only.split(",")
        chosen = [pull for pull in pulls if str(pull["pr"]) in only] if asked.only else pulls[: asked.most]
        github = stack.enter_context(world(load_rules(), {}, described=False))
        served = None if asked.direct else stack.enter_context(service(github, Path(folder)))
        replay = Replay(github, Mirror(mirror), served)
        for pull in chosen:
            replay.lay(pull)
        for pull in chosen:
            replay.play(pull)
        replay.close()
    if asked.page:
        asked.page.write_text("\n".join(replay.said), "utf-8")
    print(f"{len(chosen)} pull requests")
    for push, spent in replay.requests.items():
        print(f"requests, {push} push: at most {max(spent or [0])}, median {median(spent or [0])} of {len(spent)}")
    for what, count in sorted(replay.counts.items()):
        print(f"{what}: {count}")
    print("\n".join(replay.faults) or "nothing twice, nothing refused, nothing given up; looking again writes nothing")
    sys.exit(bool(replay.faults))


if __name__ == "__main__":
    main()
