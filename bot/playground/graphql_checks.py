"""How GraphQL sees the check runs of a commit: by suite, one suite per App."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.playground.checks import latest
from bot.playground.graphql_pages import View
from bot.playground.model import CheckRun, Repository, node_id

if TYPE_CHECKING:
    from bot.playground.graphql_views import Views


def check_suites(views: Views, repository: Repository, sha: str, wanted: View) -> list[View]:
    """The suites of a commit that hold a run of the wanted App and name."""
    suites: dict[int, list[CheckRun]] = {}
    for run in repository.check_runs:
        if run.head_sha == sha and _fits(run, wanted):
            suites.setdefault(run.suite, []).append(run)
    return [_suite(views, suite, [r for r in repository.check_runs if r.suite == suite]) for suite in suites]


def _suite(views: Views, suite: int, runs: list[CheckRun]) -> View:
    def check_runs(_: Any, filterBy: View | None = None, **page: Any) -> View:  # noqa: N803 - GitHub's
        wanted = filterBy or {}
        chosen = [run for run in runs if _fits(run, wanted)]
        chosen = latest(chosen) if wanted.get("checkType") == "LATEST" else chosen
        return views.connect("checkRuns", [_run(run) for run in chosen], **page)

    app = runs[0].app
    return {
        "__typename": "CheckSuite",
        "id": node_id("CS", suite),
        "databaseId": suite,
        "app": {"id": node_id("A", app.id), "databaseId": app.id, "name": app.slug, "slug": app.slug},
        "checkRuns": check_runs,
    }


def _run(run: CheckRun) -> View:
    return {
        "__typename": "CheckRun",
        "id": node_id("CR", run.id),
        "databaseId": run.id,
        "conclusion": run.conclusion.upper() if run.conclusion else None,
        "externalId": run.external_id,
        "name": run.name,
        "status": run.status.upper(),
        "summary": run.summary,
        "title": run.title,
    }


def _fits(run: CheckRun, wanted: View) -> bool:
    status = wanted.get("status")
    return (
        wanted.get("appId") in (None, run.app.id)
        and wanted.get("checkName") in (None, run.name)
        and status in (None, run.status.upper())
    )
