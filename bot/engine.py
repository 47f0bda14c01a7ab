"""Runs the jobs of the queue in this process: for workers alone, since two that run them must not share a name."""

from __future__ import annotations

from collections.abc import Callable

from dbos import DBOS, DBOSPortableJSONSerializer

from bot.hint import Hint, Json, Target
from bot.jobs import APPLICATION, ARRIVALS, DUE, HEED, REVIEW, REVIEWS, VERSION, Jobs

_ARRIVALS_AT_ONCE = 16  # they take milliseconds; more would fight for the lock of a SQLite file


def launch(
    jobs: Jobs,
    url: str,
    name: str,
    heed: Callable[[str, Hint, int], None],
    review: Callable[[str, Target, int], None],
    *,
    poll: float,
    parallel: int,
) -> None:
    """Start running jobs in this process, up to `parallel` reviews at once.

    `heed` and `review` take the job, what it is about, and how many attempts came before. `name` must be
    stable across restarts, so that a restarted worker finds the jobs it held, and no other live worker's:
    two of one name would run each other's jobs.
    """
    DBOS(
        config={
            "name": APPLICATION,
            "system_database_url": url,
            "application_version": VERSION,
            "executor_id": name,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
        }
    )

    # How often a job may be started is for the worker to say, which then tells people so.
    @DBOS.workflow(name=HEED, max_recovery_attempts=None)
    def _heed(made: Json, attempt: int) -> None:
        heed(str(DBOS.workflow_id), Hint.from_json(made), attempt)

    @DBOS.workflow(name=DUE, max_recovery_attempts=None)
    def _due(made: Json) -> None:
        # A queue that coalesces cannot also keep the jobs of one pull request apart: hence two.
        jobs.review(Target.from_json(made), f"{DBOS.workflow_id}>")

    @DBOS.workflow(name=REVIEW, max_recovery_attempts=None)
    def _review(made: Json, attempt: int) -> None:
        review(str(DBOS.workflow_id), Target.from_json(made), attempt)

    DBOS.launch()
    DBOS.register_queue(
        ARRIVALS, worker_concurrency=_ARRIVALS_AT_ONCE, polling_interval_sec=poll, on_conflict="always_update"
    )
    DBOS.register_queue(
        REVIEWS,
        worker_concurrency=parallel,
        partition_concurrency=1,
        polling_interval_sec=poll,
        on_conflict="always_update",
    )


def stop(patience: int) -> None:
    """Take no more jobs, and wait up to `patience` seconds for those that run; the others start again later."""
    DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=patience)
