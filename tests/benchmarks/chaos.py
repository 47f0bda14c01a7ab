"""Shows that nothing is lost and nothing is said twice, whatever is killed and whatever fails.

Usage: python tests/benchmarks/chaos.py [--postgresql] [--deliveries 2000] [--pulls 60] [--kills 100] [--seed 1].
Two receivers and three workers share one database. Rapid pushes to the pull requests are announced by deliveries, of
which 10 % come twice and all in some disorder, while processes are killed with SIGKILL at random and the stand-in for
GitHub fails 5 % of its requests, before and after it applied them. Prints what happened; the exit code is 1 where an
acknowledged delivery is lost, a pull request does not show the review of its newest head, or says anything twice.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.jobs import Jobs
from bot.playground.faults import Kind
from bot.playground.model import Pull
from bot.playground.traffic import Event
from bot.playground.webhook import Hook
from bot.timings import Timings
from bot.writes import PostCheckRun
from rules.loader import load_rules
from tests.databases import postgres
from tests.service import QUICK, SECRET, free_port, wait
from tests.standin import World, files_of, world
from tests.test_service import reviewed

PROJECT = Path(__file__).parents[2]
ENTRY = "---\ntitle: Nouvelle {0}\nproducer: {1}\ntagline: Une phrase\n---\nTexte {2}\n"
RECEIVERS, WORKERS = 2, 3
KILLED_EVERY = 2.5  # seconds, on average
DISORDER = 25  # deliveries that may overtake each other


class Fleet:
    """The processes of the service, each started again when it is killed."""

    def __init__(self, made: World, folder: Path, url: str) -> None:
        given = {
            "APP_ID": made.settings.app_id,
            "PRIVATE_KEY": made.settings.private_key,
            "WEBHOOK_SECRET": SECRET,
            "GITHUB_URL": made.url,
            "DATA": str(folder),
            "DATABASE_URL": url,
            "BETWEEN_WRITES": "0",
            "TIMEOUT": "3",
            **QUICK,
            "POLL": "0.3",
            "QUIET": "1",
            "BACKOFF": "0.5",
            "LONGEST_BACKOFF": "4",
            "SWEEP": "30",
            "LONGEST": "40",
            "DEADLINE": "30",
        }
        self.environment = os.environ | {f"GREFFIER_{name}": value for name, value in given.items()}
        self.ports = [free_port() for _ in range(RECEIVERS)]
        self.log = (folder / "log").open("ab")
        self.commands = [(["serve", "--no-worker"], port) for port in self.ports] + [(["worker"], 0)] * WORKERS
        self.processes = [self.start(number) for number in range(len(self.commands))]
        self.killed: Counter[str] = Counter()

    def start(self, number: int) -> subprocess.Popen[bytes]:
        words, port = self.commands[number]
        environment = self.environment | {"GREFFIER_LISTEN": f"127.0.0.1:{port}"}
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *words], env=environment, cwd=PROJECT, stderr=self.log, stdout=self.log
        )

    def kill_one(self, chance: random.Random) -> None:
        number = chance.randrange(len(self.commands))
        self.processes[number].kill()
        self.processes[number].wait()
        self.killed[self.commands[number][0][0]] += 1
        self.processes[number] = self.start(number)

    def close(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(15)


class Story:
    """The pull requests and what is pushed to them."""

    def __init__(self, made: World, pulls: int, chance: random.Random) -> None:
        self.made, self.count, self.chance = made, pulls, chance
        self.pulls: list[Pull] = []
        self.pushes = 0

    def next(self) -> Event:
        """Open a pull request, or push to one that was likely pushed to just now."""
        self.pushes += 1
        people = self.made.people
        if len(self.pulls) < self.count and self.chance.random() < 0.15:
            path = f"_data/api/nouvelle-{len(self.pulls)}.md"
            event = people.open_pull("demo/catalogue", "marie", "Une fiche", {path: self.text(len(self.pulls))})
            self.pulls.append(self.made.store.pull("demo/catalogue", event.payload["number"]))
            return event
        if not self.pulls:
            return self.next()
        number = min(int(self.chance.expovariate(0.15)), len(self.pulls) - 1)
        pull = self.pulls[-1 - number] if self.chance.random() < 0.7 else self.chance.choice(self.pulls)
        place = self.pulls.index(pull)
        return people.push(pull, {f"_data/api/nouvelle-{place}.md": self.text(place)})

    def text(self, place: int) -> str:
        producer = self.chance.choice(["inconnu", "office-marees", "autre"])
        return ENTRY.format(place, producer, self.pushes)


def main() -> None:
    """Run the storm, then look at what is left of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true")
    for name, default in (("deliveries", 2000), ("pulls", 60), ("kills", 100), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/jobs.sqlite"
        if asked.postgresql:
            url = f"{stack.enter_context(postgres())}/postgres"
        made = stack.enter_context(world(load_rules(), files_of("catalogue"), described=False))
        made.store.limits.limit = 10**9  # of GitHub's faults, only those that are planned
        fleet = Fleet(made, folder, url)
        stack.callback(fleet.close)
        sys.exit(storm(made, fleet, Jobs(url, Timings()), asked))


def storm(made: World, fleet: Fleet, jobs: Jobs, asked: argparse.Namespace) -> int:
    """Return the exit code."""
    chance = random.Random(asked.seed)
    hooks = [Hook(made.store, f"http://127.0.0.1:{port}/webhooks/github", SECRET) for port in fleet.ports]
    wait(lambda: all(hook_answers(port) for port in fleet.ports))
    made.store.faults.at_random(0.05, asked.seed, [kind for kind in Kind if kind is not Kind.HANG_BEFORE])
    made.store.faults.latency = 0.01
    done = threading.Event()

    def kill() -> None:
        while sum(fleet.killed.values()) < asked.kills and not done.wait(chance.uniform(0.5, 1.5) * KILLED_EVERY):
            fleet.kill_one(chance)

    killer = threading.Thread(target=kill)
    begun = time.monotonic()
    killer.start()
    story, waiting = Story(made, asked.pulls, chance), list[tuple[Event, str]]()
    acknowledged, took, refused = set[str](), list[float](), 0
    pace = asked.kills * KILLED_EVERY / (1.1 * asked.deliveries)  # the storm lasts as long as the killer
    sent = 0
    while sent < asked.deliveries:
        while len(waiting) < DISORDER and sent + len(waiting) < asked.deliveries:
            event = story.next(), f"guid-{story.pushes}"
            waiting += [event, event] if chance.random() < 0.1 else [event]
        event, guid = waiting.pop(chance.randrange(len(waiting)))
        at = time.monotonic()
        # The proxy tries the other receiver where one does not answer.
        answered = any(hook.deliver(event, guid).status_code == 202 for hook in chance.sample(hooks, RECEIVERS))
        sent += 1
        if answered:
            acknowledged.add(guid)
            took.append(1000 * (time.monotonic() - at))
        else:
            refused += 1
        time.sleep(max(begun + sent * pace - time.monotonic(), 0))
    killer.join()
    done.set()
    print(
        f"{sent} deliveries in {time.monotonic() - begun:.0f} s to {len(story.pulls)} pull requests, "
        f"{dict(fleet.killed)} killed"
    )
    print(f"acknowledged {len(took)} ({len(acknowledged)} different), not answered {refused}")
    print(
        f"acknowledge in the storm: p50 {statistics.median(took):.0f} ms, "
        f"p99 {statistics.quantiles(took, n=100)[98]:.0f} ms, max {max(took):.0f} ms"
    )
    calm(made, jobs, story)
    struck = Counter(request.fault for request in made.store.requests if request.fault)
    print(f"{len(made.store.requests)} requests to GitHub, {struck.total()} failed: {dict(struck)}")
    again = sum(delivery.redelivery for delivery in made.store.deliveries)
    print(f"{len(made.repository.check_runs)} check runs; GitHub was asked to deliver again {again} times")
    print(f"settled {time.monotonic() - begun:.0f} s after the beginning")
    made.store.faults.clear()
    wrong = judge(made, jobs, story, acknowledged)
    print("\n".join(wrong) or "nothing lost, nothing twice: every pull request shows the review of its newest head")
    return 1 if wrong else 0


def hook_answers(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def calm(made: World, jobs: Jobs, story: Story) -> None:
    """Wait until each pull request was reviewed at its newest head and nothing is left to do."""
    wait(lambda: all(reviewed(made, pull) for pull in story.pulls), 400)
    quiet = 0
    while quiet < 5:  # sweeps come by all the while
        time.sleep(0.5)
        quiet = quiet + 1 if not [job for job in jobs.unfinished() if job.name == "review"] else 0


def judge(made: World, jobs: Jobs, story: Story, acknowledged: set[str]) -> list[str]:
    """Return what is wrong."""
    wrong = [f"{guid} was acknowledged and is not known" for guid in sorted(acknowledged) if not jobs.starts(guid)]
    wrong += [f"given up: {job.what}: {job.reason}" for job in jobs.given_up()]
    runs = Counter(run.external_id for run in made.repository.check_runs)
    wrong += [f"{times} check runs for {name}" for name, times in runs.items() if times > 1]
    for pull in story.pulls:
        name = f"#{pull.number}"
        if not reviewed(made, pull):
            wrong.append(f"{name} has no review of its head")
        left = [
            write for write in made.review(pull, post=False, again=True).writes if not isinstance(write, PostCheckRun)
        ]
        wrong += [f"{name} does not show its last review: {type(write).__name__} is missing" for write in left]
        if len(pull.comments) != 1:
            wrong.append(f"{name} has {len(pull.comments)} summaries")
        reviews = Counter(review.commit for review in pull.reviews)
        wrong += [f"{name} has {times} reviews of one head" for times in reviews.values() if times > 1]
        marks = Counter(
            (comment.body.partition("\n")[0], comment.commit, comment.line) for comment in pull.review_comments
        )
        wrong += [f"{name} says {times} times {mark}" for mark, times in marks.items() if times > 1]
    return wrong


if __name__ == "__main__":
    main()
