"""Measures what a deployment can do, on SQLite or on a PostgreSQL server of its own.

Usage: python tests/benchmarks/throughput.py [--postgresql] [--seconds 60] [--pulls 60]. Prints the time from start to
the first acknowledged delivery, how fast deliveries are acknowledged at 20 per second, what an idle service costs, and
how many reviews a minute 1, 2 and 4 workers make where GitHub answers at once and where it takes 200 ms. The pauses
between writes that GitHub asks for are off, so that the service itself is measured; all processes share this machine.
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

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.hint import Target
from bot.jobs import Jobs
from bot.playground.traffic import Event
from bot.state import PullRef
from bot.timings import Timings
from rules.loader import load_rules
from tests.benchmarks.service import idle
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
    asked = parser.parse_args()
    with ExitStack() as stack:
        server = stack.enter_context(postgres()) if asked.postgresql else ""
        print("PostgreSQL" if server else "SQLite")
        acknowledge(f"{server}/postgres" if server else "", asked.seconds)
        for latency in (0.0, 0.2):
            for workers in (1, 2, 4):
                reviews(server, workers, latency, asked.pulls)


def acknowledge(database: str, seconds: int) -> None:
    """Print how soon the first delivery is acknowledged, how fast the others are, and what the service costs after."""
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
            idle(served, min(seconds, 30))


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
            import psycopg

            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                name = f"reviews_{workers}_{round(1000 * latency)}"
                connection.execute(f"CREATE DATABASE {name}".encode())
            url = f"{server}/{name}"
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
