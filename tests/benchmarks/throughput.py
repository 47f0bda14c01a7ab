"""Measures what a deployment can do, on SQLite or on a PostgreSQL server of its own.

Usage: python tests/benchmarks/throughput.py [--postgresql] [--seconds 60] [--pulls 60] [--day 2000]. Prints the time
from start to the first acknowledged delivery, how fast deliveries are acknowledged at 20 per second, what an idle
service costs after a day's worth of deliveries, and how many reviews a minute 1, 2 and 4 workers make where GitHub
answers at once and where it takes 200 ms. The pauses between writes that GitHub asks for are off, so that the service
itself is measured; all processes share this machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.hint import Target
from bot.jobs import Jobs
from bot.playground.traffic import Event
from bot.state import PullRef
from bot.timings import Timings
from rules.loader import load_rules
from tests.benchmarks.service import growth, idle
from tests.databases import postgres
from tests.service import QUICK, Service, service, wait
from tests.standin import files_of, world

PROJECT = Path(__file__).parents[2]
ENTRY = "---\ntitle: Nouvelle {0}\nproducer: inconnu\n---\nTexte {0}\n"
USUAL = {"QUIET": "5", "AT_MOST": "60", "POLL": "1", "ROUNDS": "60"}
RATE = 20  # deliveries a second


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--pulls", type=int, default=60)
    parser.add_argument("--day", type=int, default=2000)
    asked = parser.parse_args()
    with ExitStack() as stack:
        server = stack.enter_context(postgres()) if asked.postgresql else ""
        print("PostgreSQL" if server else "SQLite")
        acknowledge(f"{server}/postgres" if server else "", asked.seconds)
        day(new(server, "day") if server else "", asked.day, min(asked.seconds, 30))
        for latency in (0.0, 0.2):
            for workers in (1, 2, 4):
                reviews(server, workers, latency, asked.pulls)


def acknowledge(database: str, seconds: int) -> None:
    """Print how soon the first delivery is acknowledged, and how fast the others are."""
    chosen = {"DATABASE_URL": database} if database else {}
    with tempfile.TemporaryDirectory() as folder, world(load_rules(), files_of("catalogue"), described=False) as made:
        opened = made.people.open_pull("demo/catalogue", "marie", "Fermée", {"_data/api/x.md": ENTRY.format("x")})
        made.people.close(made.store.pull("demo/catalogue", opened.payload["number"]), "marie")
        begun = time.perf_counter()
        with service(made, Path(folder), **USUAL, **chosen) as served:
            assert served.hook.deliver(Event(*opened)).status_code == 202
            print(f"from start to the first acknowledged delivery: {time.perf_counter() - begun:.1f} s")
            time.sleep(5)
            took = steady(served, opened, seconds)
            high = statistics.quantiles(took, n=100)[98]
            print(
                f"acknowledge, {len(took)} deliveries at {RATE} a second: p50 {statistics.median(took):.1f} ms, "
                f"p99 {high:.1f} ms, max {max(took):.1f} ms"
            )
            wait(served.settled, 300)


def day(database: str, deliveries: int, seconds: int) -> None:
    """Print what the service costs at rest after many deliveries, ten for each pull request: it is opened, pushed to
    three times, talked about five times, one of them to have it reviewed again, and closed."""
    chosen = {"DATABASE_URL": database} if database else {}
    with (
        tempfile.TemporaryDirectory() as folder,
        world(load_rules(), files_of("catalogue"), described=False) as made,
        service(made, Path(folder), **USUAL, **chosen) as served,
    ):
        made.store.limits.limit = 10**9
        begun = time.monotonic()
        opened = [
            made.people.open_pull("demo/catalogue", "marie", f"Fiche {n}", {f"_data/api/n-{n}.md": ENTRY.format(n)})
            for n in range(deliveries // 10)
        ]
        pulls = [made.store.pull("demo/catalogue", event.payload["number"]) for event in opened]
        said = ["Merci", "Voilà", "/greffier relire", "Bonjour", "C'est corrigé"]
        sent = [served.hook.deliver(event).status_code for event in opened]
        for step in range(8):
            for number, pull in enumerate(pulls):
                files = {f"_data/api/n-{number}.md": ENTRY.format(f"{number} {step}")}
                event = (
                    made.people.comment(pull, "marie", said[step - 3]) if step > 2 else made.people.push(pull, files)
                )
                sent.append(served.hook.deliver(event).status_code)
                time.sleep(1 / RATE)
        wait(served.settled, 3600)
        sent += [served.hook.deliver(made.people.close(pull, "marie")).status_code for pull in pulls]
        assert set(sent) == {202}
        wait(served.settled, 300)
        print(
            f"a day: {len(sent)} deliveries, {len(made.repository.check_runs)} check runs, "
            f"in {time.monotonic() - begun:.0f} s; at rest then:"
        )
        idle(served, seconds)
        growth(served)


def new(server: str, name: str) -> str:
    """Make a database; returns its URL."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server}/{name}"


def steady(served: Service, event: Event, seconds: int) -> list[float]:
    """Send deliveries at a steady rate; returns the milliseconds that each took."""
    took: list[float] = []
    begun = time.monotonic()
    while time.monotonic() < begun + seconds:
        sent = time.perf_counter()
        assert served.hook.deliver(event).status_code == 202
        took.append(1000 * (time.perf_counter() - sent))
        time.sleep(max(begun + len(took) / RATE - time.monotonic(), 0))
    return took


def reviews(server: str, workers: int, latency: float, pulls: int) -> None:
    """Print how many reviews a minute some workers make, once they run and have all to do at once."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/jobs.sqlite"
        if server:
            url = new(server, f"reviews_{workers}_{round(1000 * latency)}")
        made = stack.enter_context(world(load_rules(), files_of("catalogue"), described=False))
        made.store.limits.limit = 10**9
        jobs, heads = Jobs(url, Timings()), set[str]()
        for number in range(pulls):
            pull = made.open({f"_data/api/nouvelle-{number}.md": ENTRY.format(number)})
            heads.add(pull.head)
            jobs.review(Target(made.installation, PullRef("demo", "catalogue", pull.number)), f"review-{number}")
        made.store.faults.latency = latency
        given = {
            "APP_ID": made.settings.app_id,
            "PRIVATE_KEY": made.settings.private_key,
            "GITHUB_URL": made.url,
            "BETWEEN_WRITES": "0",
            "DATA": str(folder),
            "DATABASE_URL": url,
            **QUICK,
        }
        environment = os.environ | {f"GREFFIER_{name}": value for name, value in given.items()}
        command = [sys.executable, "-m", "bot", "worker"]
        running = [
            subprocess.Popen(command, env=environment, cwd=PROJECT, stderr=subprocess.DEVNULL) for _ in range(workers)
        ]

        def done() -> int:
            return len({run.head_sha for run in list(made.repository.check_runs)} & heads)

        wait(lambda: done() >= pulls // 10, 300)  # all have started by then
        begun, first = time.monotonic(), done()
        wait(lambda: done() == pulls, 600)
        rate = 60 * (pulls - first) / (time.monotonic() - begun)
        for process in running:
            process.kill()
            process.wait()
        jobs.close()
        print(f"{workers} workers, GitHub in {1000 * latency:.0f} ms: {rate:.0f} reviews a minute")


if __name__ == "__main__":
    main()
