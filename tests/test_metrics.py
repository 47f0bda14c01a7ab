"""What machines ask: metrics, the dashboard made of them, and health that is looked at."""

from __future__ import annotations

import faulthandler
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from flask import Flask
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot.commands.serve import application
from bot.commands.worker import Beat
from bot.forge.calls import Call
from bot.hint import Target
from bot.history import History
from bot.jobs import Jobs
from bot.journal import Journal
from bot.metrics import DoorMetrics, WorkerMetrics
from bot.review import Review
from bot.settings import Settings
from bot.state import PullRef
from bot.timings import Timings
from bot.watch import Watch
from bot.writes import PostSummary
from rules.catalogue import Catalogue
from rules.document import parse
from rules.evidence import Answer, Reach
from rules.judgement import Change, judge_catalogue
from rules.model import Rule
from tests.service import free_port, service, wait
from tests.standin import files_of, world
from tests.test_receive import PULL, sign
from webhooks.health import health

SECRET, TOKEN = "le nouveau secret", "a long token for the pages"
DASHBOARD = Path(__file__).parent.parent / "bot/grafana.json"
REF = PullRef("a", "b", 7)


def shown(registry: CollectorRegistry) -> str:
    app = Flask("webhooks")
    app.register_blueprint(health(registry, {}, {}))
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    return answer.text


def values(text: str) -> dict[str, float]:
    """Return every sample, by its name and its labels as Prometheus writes them."""
    return {
        one.name + "".join(f" {key}={value}" for key, value in sorted(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


@dataclass
class Service:
    """A receiver and its databases."""

    jobs: Jobs
    journal: Journal
    history: History
    folder: Path
    app: Flask
    settings: Settings


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Service]:
    folder = tmp_path / "data"
    folder.mkdir()
    settings = Settings(
        data=folder, database_url=f"sqlite:///{folder}/jobs.sqlite", webhook_secrets=(SECRET,), pages_token=TOKEN
    )
    jobs, journal = Jobs(settings.database_url, Timings()), Journal(settings.journal_url)
    history = History(settings.journal_url)
    yield Service(jobs, journal, history, folder, application(settings, jobs, journal, history), settings)
    for one in (jobs, journal, history):
        one.close()


def test_the_door_counts_answers_and_reads_the_queue(served: Service) -> None:
    client = served.app.test_client()
    body = json.dumps(PULL).encode()
    sent = {"Content-Type": "application/json", "X-GitHub-Event": "pull_request", "X-GitHub-Delivery": "d-1"}
    assert client.post("/webhooks/github", data=body, headers=sent).status_code == 401
    assert (
        client.post("/webhooks/github", data=body, headers=sent | {"X-Hub-Signature-256": sign(body)}).status_code
        == 202
    )
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer guess"}).status_code == 404
    told = values(client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text)
    assert told["greffier_deliveries_total status=202"] == told["greffier_deliveries_total status=401"] == 1
    assert told["greffier_acknowledge_seconds_count"] == 2
    assert (told["greffier_queue_jobs state=waiting"], told["greffier_queue_jobs state=running"]) == (1, 0)
    assert 0 <= told["greffier_queue_oldest_seconds"] < 60
    assert told["greffier_dead_jobs"] == 0
    (received,) = served.journal.deliveries()
    assert received.acknowledged >= received.received


def test_the_age_is_that_of_the_oldest_job() -> None:
    @dataclass
    class Job:
        state: str
        since: datetime

    now = datetime.now(UTC)
    jobs = [Job("PENDING", now), Job("ENQUEUED", now - timedelta(minutes=5)), Job("DELAYED", now)]
    metrics = DoorMetrics()
    metrics.watch(lambda: jobs, lambda: ["one", "two"])
    told = values(shown(metrics.registry))
    assert 299 < told["greffier_queue_oldest_seconds"] < 330
    assert (told["greffier_queue_jobs state=waiting"], told["greffier_queue_jobs state=running"]) == (2, 1)
    assert told["greffier_dead_jobs"] == 2


def test_a_queue_that_can_not_be_read_hides_nothing_else() -> None:
    def away() -> list[object]:
        raise OSError("no database")

    metrics = DoorMetrics()
    metrics.watch(away, away)  # type: ignore[arg-type]
    metrics.answered(202, 0.004)
    told = values(shown(metrics.registry))
    assert told["greffier_deliveries_total status=202"] == 1
    assert not [name for name in told if "queue" in name]


def test_a_watched_review_is_counted(served: Service, rules: tuple[Rule, ...]) -> None:
    document = parse("_data/api/x.md", "---\ntitle: X\nproducer: nobody\n---\n")
    entries = judge_catalogue(rules, Catalogue([]), Catalogue([document]), [Change(document.path)])
    calls = (Call("POST", "glance", 200, 0.1, 4_990, "graphql"), Call("GET", "files", 200, 0.1, 4_999))
    writes = (PostSummary("x"),)
    metrics = WorkerMetrics()
    watch = Watch(served.journal, served.history, metrics)
    done = Review(
        REF, "f" * 40, "failure", entries, writes, True, (), calls, {"https://x.example": Answer(Reach.GONE, 404)}
    )
    began = time.time()
    for age in (200, 100):
        served.journal.received(f"d-{age}", "pull_request", "opened", str(REF), began - age)
    assert watch.review(Target(5, REF), lambda: calls, lambda: done) is done
    assert watch.review(Target(5, REF), lambda: calls, lambda: done) is done

    def fails() -> Review:
        raise OSError("no line")

    with pytest.raises(OSError, match="no line"):
        watch.review(Target(5, REF), lambda: calls[:1], fails)
    told = values(shown(metrics.registry))
    assert told["greffier_reviews_total conclusion=failure"] == 2
    assert told["greffier_reviews_total conclusion=failed"] == 1
    assert told["greffier_review_github_calls_sum"] == 5
    assert told["greffier_review_writes_sum"] == 2
    assert told["greffier_review_latency_seconds_count"] == 1, "the second one answers no delivery"
    assert 200 <= told["greffier_review_latency_seconds_sum"] < 230
    assert told["greffier_rate_limit_remaining installation=5 resource=core"] == 4_999
    assert told["greffier_rate_limit_remaining installation=5 resource=graphql"] == 4_990
    assert told["greffier_evidence_total outcome=gone"] == 2
    assert told["greffier_rule_outcomes_total outcome=failed rule=producer-has-sheet"] == 2
    assert told["greffier_rule_outcomes_total outcome=passed rule=producer-declared"] == 2
    assert [(one.conclusion, one.calls) for one in served.history.of(REF)] == [
        ("failed", 1),
        ("failure", 2),
        ("failure", 2),
    ]
    assert served.history.of(REF)[0].told["reason"] == "OSError: no line"


def test_each_process_tells_what_it_counted(rules: tuple[Rule, ...], tmp_path: Path) -> None:
    inner = f"127.0.0.1:{free_port()}"
    with world(rules, files_of("catalogue")) as github:
        settings = {"WORKER_LISTEN": inner, "PAGES_TOKEN": TOKEN}
        with service(github, tmp_path, **settings) as running:
            event = github.people.open_pull(
                "demo/catalogue", "marie", "Une fiche", {"_data/api/n.md": "---\nx: y\n---\n"}
            )
            running.hook.deliver(event)
            wait(lambda: github.repository.check_runs)
            wait(running.settled)
            wait(lambda: "greffier_reviews_total" in requests.get(f"http://{inner}/metrics", timeout=10).text)
            told = values(requests.get(f"http://{inner}/metrics", timeout=10).text)
            ready = requests.get(f"http://{inner}/readyz", timeout=10)
            key = {"Authorization": f"Bearer {TOKEN}"}
            door = values(requests.get(f"http://127.0.0.1:{running.port}/metrics", headers=key, timeout=10).text)
    assert told["greffier_reviews_total conclusion=failure"] == 1
    assert told["greffier_review_latency_seconds_count"] == 1
    assert told["greffier_review_github_calls_sum"] > 3
    assert told["greffier_review_writes_sum"] > 2
    assert 0 < min(value for name, value in told.items() if "rate_limit" in name) <= 5_000
    assert ready.json() == {"ok": True, "checks": {"loop": "ok", "queue": "ok", "database": "ok"}}
    assert door["greffier_acknowledge_seconds_count"] == door["greffier_deliveries_total status=202"] == 1
    assert door["greffier_dead_jobs"] == 0


def test_who_watches_a_review_never_breaks_it(served: Service) -> None:
    watch = Watch(served.journal, served.history, WorkerMetrics())
    shutil.rmtree(served.folder)
    for one in (served.journal, served.history):
        one.close()
    done = Review(REF, "f" * 40, "success")
    assert watch.review(Target(5, REF), lambda: (), lambda: done) is done


def test_the_dashboard_knows_every_metric_and_no_other() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    asked = {
        re.sub(r"_(bucket|sum|count)$", "", name)
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"greffier_\w+", target["expr"])
    }
    door, worker = DoorMetrics(), WorkerMetrics()
    door.watch(list, list)
    families = {
        family.name + ("_total" if family.type == "counter" else "")
        for text in (shown(door.registry), shown(worker.registry))
        for family in text_string_to_metric_families(text)
        if not family.name.endswith("_created")
    }
    assert asked == families
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_ready_means_that_a_delivery_can_be_kept(served: Service) -> None:
    client = served.app.test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"ok": True, "checks": {"queue": "ok", "database": "ok"}})
    assert not served.history.workers(), "the check leaves nothing"
    served.history.close()
    for path in served.folder.glob("journal.sqlite*"):
        path.unlink()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]) == (503, {"queue": "ok", "database": "failed"})
    assert client.get("/healthz").status_code == 200, "to start again would not help"
    assert not served.jobs.unfinished(), "the check leaves nothing"


def test_a_queue_that_is_held_is_told_before_github_gives_up(served: Service) -> None:
    client = served.app.test_client()
    body = json.dumps(PULL).encode()
    sent = {"X-GitHub-Event": "pull_request", "X-GitHub-Delivery": "d-1", "X-Hub-Signature-256": sign(body)}
    with closing(sqlite3.connect(served.folder / "jobs.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        answer = client.get("/readyz")
        assert (answer.status_code, answer.get_json()["checks"]["queue"]) == (503, "failed")
        assert (
            client.post("/webhooks/github", data=body, headers=sent, content_type="application/json").status_code == 503
        )
        assert time.monotonic() - began < 20, "each has 10 s"
        assert not served.journal.deliveries()
    assert client.get("/readyz").status_code == 200
    assert client.post("/webhooks/github", data=body, headers=sent, content_type="application/json").status_code == 202
    assert len(served.jobs.unfinished()) == 1


def test_the_door_speaks_for_the_worker_beside_it(served: Service) -> None:
    """Its metrics are told with the door's own, and its health is the service's."""
    counted, there = WorkerMetrics(), True
    counted.ended("success", 3, 6, 2)

    def worker(path: str) -> str:
        if not there:
            raise OSError("no answer")
        return generate_latest(counted.registry).decode() if path == "/metrics" else "{}"

    app = application(served.settings, served.jobs, served.journal, served.history, worker)
    client, key = app.test_client(), {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/healthz").get_json() == {"ok": True, "checks": {"worker": "ok"}}
    for kind in ("text/plain", "application/openmetrics-text"):
        told = client.get("/metrics", headers=key | {"Accept": kind}).text
        assert 'greffier_reviews_total{conclusion="success"} 1.0' in told
        assert 'greffier_review_seconds_bucket{le="5.0"} 1.0' in told
        assert "greffier_dead_jobs 0.0" in told
    there = False
    assert client.get("/healthz").status_code == 503
    told = client.get("/metrics", headers=key).text
    assert "greffier_reviews" not in told
    assert "greffier_dead_jobs" in told


def test_a_worker_that_stood_still_is_started_again(rules: tuple[Rule, ...], tmp_path: Path) -> None:
    with world(rules, files_of("catalogue")) as github, service(github, tmp_path, STILL="12") as running:

        def healthy() -> bool:
            return requests.get(f"http://127.0.0.1:{running.port}/healthz", timeout=10).status_code == 200

        wait(healthy)
        held = running.children()["worker"]
        os.kill(held, signal.SIGSTOP)
        wait(lambda: not healthy())
        time.sleep(12)
        os.kill(held, signal.SIGCONT)
        wait(lambda: running.children().get("worker", held) != held)
        wait(healthy)
        event = github.people.open_pull("demo/catalogue", "marie", "A", {"_data/api/n.md": "---\nx: y\n---\n"})
        running.hook.deliver(event)
        wait(lambda: github.repository.check_runs)
        assert "Timeout (0:00:12)!" in (tmp_path / "log").read_text(), "where each thread stood"


def test_a_heart_that_stops_ends_its_process_and_says_where_it_stood() -> None:
    code = (
        "import time\n"
        "from bot.commands.worker import Beat\n"
        "beat = Beat(2)\n"
        "for _ in range(4):\n"
        "    time.sleep(0.6)\n"
        "    beat.strike()\n"
        "print('alive', flush=True)\n"
        "time.sleep(60)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (1, "alive\n")
    assert 'File "<string>", line 8' in done.stderr


def test_a_worker_that_stands_still_is_not_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faulthandler, "dump_traceback_later", lambda *_, **__: None)  # it would end the tests
    beat = Beat(120)
    app = Flask("webhooks")
    app.register_blueprint(health(CollectorRegistry(), {"loop": beat.check}, {}))
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 600)
    assert client.get("/healthz").status_code == 503
    beat.strike()
    assert client.get("/healthz").status_code == 200
