"""Measures the service in front of the stand-in for GitHub, on SQLite or on the database that is named.

Usage: python tests/benchmarks/service.py [--database URL] [--seconds 30] [--rate 18] [--pulls 200]. Prints how fast
deliveries are acknowledged, how long after a delivery the last write of its review arrives, how many jobs are run
per second, and what an idle service costs. Pauses between writes are off: GitHub asks for them, and they would hide
everything else. The receiver, the worker and the stand-in share this machine.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.hint import Hint
from bot.jobs import Jobs
from bot.playground.traffic import Event
from bot.timings import Timings
from rules.loader import load_rules
from tests.service import Service, service
from tests.standin import World, files_of, world

QUIET = 5  # seconds
ENTRY = "---\ntitle: Nouvelle {0}\nproducer: inconnu\n---\nTexte {0}\n"
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rate", type=float, default=18)
    parser.add_argument("--pulls", type=int, default=200)
    asked = parser.parse_args()
    chosen = {"DATABASE_URL": asked.database} if asked.database else {}
    usual = {
        "QUIET": str(QUIET),
        "AT_MOST": "60",
        "POLL": "1",
        "BACKOFF": "10",
        "LONGEST_BACKOFF": "1800",
        "ROUNDS": "60",
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        world(load_rules(), files_of("catalogue"), described=False) as github,
        service(github, Path(folder), **usual, **chosen) as served,
    ):
        time.sleep(5)  # the worker has started and swept
        idle(served, asked.seconds)
        acknowledge(github, served, asked.seconds, asked.rate)
        reviews(github, served, asked.pulls)
        if not asked.database:
            growth(served)
    with tempfile.TemporaryDirectory() as folder:
        kept = asked.database or f"sqlite:///{folder}/jobs.sqlite"
        enqueue(Jobs(kept, Timings()), 1000)


def idle(served: Service, seconds: int) -> None:
    """Print the processor time and the memory of each process while nothing happens."""
    parts = {"supervisor": served.process.pid, **served.children()}
    before = {name: _cpu(pid) for name, pid in parts.items()}
    time.sleep(seconds)
    for name, pid in parts.items():
        used = 100 * (_cpu(pid) - before[name]) / seconds
        pages = Path(f"/proc/{pid}/smaps_rollup").read_text()
        memory = {line.split(":")[0]: int(line.split()[1]) // 1024 for line in pages.splitlines()[1:3]}
        print(f"idle {name}: {used:.1f} % of a core, {memory['Rss']} MB resident, {memory['Pss']} MB of its own")


def acknowledge(github: World, served: Service, seconds: int, rate: float) -> None:
    """Print how long the acknowledgement of a delivery takes, with deliveries at a steady rate.

    The deliveries are of pull requests that are closed by the time the worker looks: reading them is all it does.
    """
    opened = github.people.open_pull("demo/catalogue", "marie", "Fermée", {"_data/api/x.md": ENTRY.format("x")})
    github.people.close(github.store.pull("demo/catalogue", opened.payload["number"]), "marie")
    took: list[float] = []
    begun = time.monotonic()
    while time.monotonic() < begun + seconds:
        sent = time.perf_counter()
        assert served.hook.deliver(Event(*opened)).status_code == 202
        took.append(1000 * (time.perf_counter() - sent))
        time.sleep(max(begun + len(took) / rate - time.monotonic(), 0))
    _print(f"acknowledge, {len(took)} deliveries in {seconds} s", took, "ms", 99)
    _drain(served)


def reviews(github: World, served: Service, pulls: int) -> None:
    """Print how long after its delivery the check run of a review, its last write, arrives; the quiet period aside."""
    sent: dict[str, float] = {}
    arrived: dict[str, float] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            for run in list(github.repository.check_runs[len(arrived) :]):
                arrived.setdefault(run.head_sha, time.monotonic())

    threading.Thread(target=watch, daemon=True).start()
    for number in range(pulls):
        files = {f"_data/api/nouvelle-{number}.md": ENTRY.format(number)}
        event = github.people.open_pull("demo/catalogue", "marie", "Une fiche", files, fork=False)
        sent[event.payload["pull_request"]["head"]["sha"]] = time.monotonic()
        assert served.hook.deliver(event).status_code == 202
        time.sleep(random.uniform(0.5, 1.5))  # not in step with the readings of the queues
    while len(arrived) < pulls:
        time.sleep(0.1)
    done.set()
    _print(
        f"from delivery to the last write, {pulls} pull requests, the quiet period of {QUIET} s aside",
        [arrived[head] - sent[head] - QUIET for head in sent],
        "s",
        95,
    )
    begun = time.monotonic()
    served.hook.deliver(
        github.people.push_branch("demo/catalogue", "ana", {"_data/api/autre.md": ENTRY.format("autre")})
    )
    time.sleep(QUIET + 1)
    _drain(served)
    took = time.monotonic() - begun - QUIET
    print(f"a push on the default branch: {pulls} reviews in {took:.0f} s, the quiet period aside")


def growth(served: Service) -> None:
    """Print the size of the files."""
    for path in sorted(served.folder.glob("*.sqlite*")):
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")


def enqueue(jobs: Jobs, count: int) -> None:
    """Print how fast deliveries are kept, without HTTP."""
    begun = time.monotonic()
    for number in range(count):
        jobs.deliver(f"flood-{begun}-{number}", Hint(1, ("a/b",), number + 1))
    print(f"kept: {count / (time.monotonic() - begun):.0f} deliveries a second, one after the other")
    jobs.close()


def _drain(served: Service) -> None:
    begun, waiting = time.monotonic(), len(served.jobs.unfinished())
    while served.jobs.unfinished():
        time.sleep(0.5)
    print(f"the {waiting} jobs that waited then took {time.monotonic() - begun:.1f} s")


def _cpu(pid: int) -> float:
    """Return the processor time that a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _print(what: str, values: list[float], unit: str, percent: int) -> None:
    high = statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
    middle, worst = statistics.median(values), max(values)
    print(f"{what}: p50 {middle:.1f} {unit}, p{percent} {high:.1f} {unit}, max {worst:.1f} {unit}")


if __name__ == "__main__":
    main()
