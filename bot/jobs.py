"""The durable queue: deliveries, quiet periods and reviews as jobs of DBOS, known here and in `bot.engine` alone.

    delivery ─► heed ─► due, once per pull request and quiet period ─► review, one at a time per pull request

Every job runs again from its start when its worker died, and every hand-over names the next job after
the present one, so running twice is harmless. Traps of the engine are told where they are avoided.
https://docs.dbos.dev/python/reference/queues
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, DebouncerClient, EnqueueOptions, WorkflowStatus, error
from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.exc import OperationalError

from bot.database import hurried, require_utf8
from bot.errors import Unusable
from bot.hint import Hint, Target
from bot.state import PullRef
from bot.timings import Timings

APPLICATION = "greffier"
# Changes only when the arguments of a job change meaning: with the engine's default, a hash of the
# code, an upgrade would strand the jobs of the former version and block their pull requests.
VERSION = "1"
HEED, DUE, REVIEW = "heed", "due", "review"
ARRIVALS, REVIEWS = "arrivals", "reviews"
GIVEN_UP = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
UNFINISHED = ("DELAYED", "ENQUEUED", "PENDING")
_BATCH = 500
_AT_MOST = 4  # seconds that a delivery waits for the database


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the operator sees it. `state` is the engine's word; `since` is in UTC; `reason` says why it failed."""

    id: str
    name: str
    what: str
    state: str
    since: datetime
    reason: str


class Jobs:
    """The queue as its users see it. Any number of processes may hold one; only workers run the jobs."""

    def __init__(self, url: str, timings: Timings, *, patient: bool = False) -> None:
        """Open the queue kept in the database at `url`, creating its tables where they are missing.

        Where the database is away later on, `patient` waits for it; otherwise calls raise, for whoever must answer
        soon.
        """
        self._timings, self._soon = timings, hurried(url, _AT_MOST)
        logging.getLogger("dbos").setLevel(logging.WARNING)
        _prepare(url)
        self._client = DBOSClient(
            system_database_url=url,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            retry_connection_errors=patient,
        )
        self._debouncer = DebouncerClient(
            self._client,
            {"workflow_name": DUE, "queue_name": ARRIVALS},
            debounce_timeout_sec=timings.at_most,
            queue=ARRIVALS,
        )

    def deliver(self, delivery: str, hint: Hint) -> bool:
        """Keep what a delivery asks for, durably; False where it was kept before. Raises where that takes seconds."""
        try:
            with self._soon.begin() as connection:
                more = {"workflow_id_reuse_policy": "reject"}
                self._enqueue(HEED, ARRIVALS, delivery, hint.as_json(), 0, connection=connection, **more)
        except error.DBOSWorkflowIDInUseError:
            return False
        return True

    def look(self, target: Target) -> None:
        """Have a pull request reviewed once it has been quiet for a while."""
        # Of two that coalesce the last one stays: one that nobody asked for must not replace one that a person did.
        key = f"{target.ref.key}!" if target.again else target.ref.key
        self._debouncer.debounce(key, self._timings.quiet, target.as_json())

    def review(self, target: Target, job: str, attempt: int = 0, delay: float = 0) -> None:
        """Have a pull request reviewed `delay` seconds from now, after any other review of it, as job `job`."""
        self._enqueue(
            REVIEW, REVIEWS, job, target.as_json(), attempt, queue_partition_key=target.ref.key, delay_seconds=delay
        )

    def heed(self, hint: Hint, job: str, attempt: int, delay: float) -> None:
        """Have a hint followed `delay` seconds from now, as job `job`."""
        self._enqueue(HEED, ARRIVALS, job, hint.as_json(), attempt, delay_seconds=delay)

    def given_up(self) -> list[Job]:
        """Return the jobs that were given up, oldest first."""
        return [_job(status) for status in self._list(GIVEN_UP)]

    def unfinished(self) -> list[Job]:
        """Return the jobs that wait or run, oldest first."""
        return [_job(status) for status in self._list(UNFINISHED)]

    def retry(self, job: str) -> bool:
        """Start a job that was given up again, as a new one; False where there is no such job."""
        found = [status for status in self._list(GIVEN_UP) if status.workflow_id == job]
        for status in found:
            self._again(status, f"{job}~{time.time_ns()}")
            self._client.delete_workflow(job)
        return bool(found)

    def settle(self, ref: PullRef) -> None:
        """Forget the reviews of a pull request that were given up: a later one has the last word."""
        for status in self._list(GIVEN_UP):
            if status.name == REVIEW and Target.from_json(_arguments(status)[0]).ref.key == ref.key:
                self._client.delete_workflow(status.workflow_id)

    def take_over(self) -> int:
        """Start the jobs again that a vanished worker held; returns how many.

        The engine recovers a worker's jobs only when that worker starts again under its name. Any
        worker breaks off what takes longer than `longest`, so an older job has nobody left to run it.
        Its successor is there before it is cancelled, which frees its pull request.
        """
        lost = time.time() - 1.2 * self._timings.longest
        held = [status for status in self._list(("PENDING",)) if (status.dequeued_at or 0) / 1000 < lost]
        for status in held:
            self._again(status, f"{status.workflow_id}~")
            self._client.cancel_workflow(status.workflow_id)
        return len(held)

    def forget(self) -> int:
        """Delete the jobs finished more than `keep` ago, save those given up; returns how many."""
        before = datetime.fromtimestamp(time.time() - self._timings.keep, UTC).isoformat()
        forgotten = 0
        while old := self._list(("SUCCESS", "CANCELLED"), completed_before=before, load_input=False, limit=_BATCH):
            self._client.delete_workflows([status.workflow_id for status in old])
            forgotten += len(old)
        return forgotten

    def check(self) -> None:
        """Raise where no delivery could be kept now: one is, and taken back."""
        with self._soon.connect() as connection:
            self._enqueue(HEED, ARRIVALS, f"check-{uuid.uuid4()}", {}, 0, connection=connection)
            connection.rollback()

    def knows(self, job: str) -> bool:
        """Whether a job of that name, or a delivery of that id, was ever kept."""
        return bool(self._list(None, workflow_ids=[job], load_input=False, limit=1))

    def starts(self, job: str) -> int:
        """Return how often a job was started."""
        return next((s.recovery_attempts or 0 for s in self._list(None, workflow_ids=[job], load_input=False)), 0)

    def close(self) -> None:
        """Release the database."""
        self._client.destroy()
        self._soon.dispose()

    def _again(self, status: WorkflowStatus, job: str) -> None:
        what, *_ = _arguments(status)
        if status.name == HEED:
            self.heed(Hint.from_json(what), job, 0, 0)
        else:
            self.review(Target.from_json(what), job)

    def _list(self, states: tuple[str, ...] | None, **more: Any) -> list[WorkflowStatus]:
        status = list(states) if states else None
        return self._client.list_workflows(status=status, name=[HEED, DUE, REVIEW], **more)

    def _enqueue(
        self, name: str, queue: str, job: str, *arguments: Any, connection: Connection | None = None, **more: Any
    ) -> None:
        options = cast("EnqueueOptions", {"workflow_name": name, "queue_name": queue, "workflow_id": job, **more})
        if connection is None:
            self._client.enqueue(options, *arguments)
        else:
            self._client.enqueue_in_transaction(connection, options, *arguments)


def _job(status: WorkflowStatus) -> Job:
    what = _arguments(status)[0]
    told = Hint.from_json(what) if status.name == HEED else Target.from_json(what).ref
    since = datetime.fromtimestamp((status.updated_at or 0) / 1000, UTC)
    return Job(status.workflow_id, status.name, str(told), status.status, since, str(status.error or ""))


def _arguments(status: WorkflowStatus) -> tuple[Any, ...]:
    return tuple(status.input["args"]) if status.input else ()


def _prepare(url: str) -> None:
    """Have the database hold the tables of the engine; raises Unusable where it is away, or in another encoding."""
    try:
        if make_url(url).get_backend_name() == "sqlite":
            with create_engine(url).connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # kept in the file
            connection.engine.dispose()
        require_utf8(make_url(url), _AT_MOST)
        DBOS.migrate(url)
    except OperationalError as fault:
        said = str(fault.orig).partition("\n")[0]
        raise Unusable(
            f"La base de données ne répond pas, ou refuse d'écrire : « greffier doctor » dit quoi faire. ({said})",
            f"The database does not answer, or can't be written: “greffier doctor” says what to do. ({said})",
        ) from fault
