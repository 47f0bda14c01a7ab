"""Check runs over REST: only Apps write them, and an update adds annotations to those that are there."""

from __future__ import annotations

from typing import Any

from bot.playground.access import Refusal
from bot.playground.accounts import iso
from bot.playground.call import REPOSITORY, Call, Route
from bot.playground.check_shapes import check_run
from bot.playground.model import App, CheckRun
from bot.playground.strict import Key, failed

Answer = tuple[int, Any]
READ, WRITE = ({"checks": "read"},), ({"checks": "write"},)
LONGEST = 65_535
# https://docs.github.com/rest/checks/runs#create-a-check-run
ANNOTATION = {
    "path": Key(required=True, blank=False),
    "start_line": Key(int, required=True),
    "end_line": Key(int, required=True),
    "start_column": Key(int),
    "end_column": Key(int),
    "annotation_level": Key(required=True, among=("notice", "warning", "failure")),
    "message": Key(required=True, longest=65_536, blank=False),
    "title": Key(longest=255),
    "raw_details": Key(longest=65_536),
}
IMAGE = {"alt": Key(required=True), "image_url": Key(required=True), "caption": Key()}
ACTION = {
    "label": Key(required=True, longest=20, blank=False),
    "description": Key(required=True, longest=40, blank=False),
    "identifier": Key(required=True, longest=20, blank=False),
}
CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out")
OUTPUT = {
    "title": Key(),
    "summary": Key(required=True, longest=LONGEST),
    "text": Key(longest=LONGEST),
    "annotations": Key(list, longest=50, inside=ANNOTATION),
    "images": Key(list, inside=IMAGE),
}
RUN = {
    "name": Key(blank=False),
    "details_url": Key(),
    "external_id": Key(),
    "status": Key(among=("queued", "in_progress", "completed")),
    "started_at": Key(),
    "conclusion": Key(among=CONCLUSIONS),
    "completed_at": Key(),
    "output": Key(dict, inside=OUTPUT),
    "actions": Key(list, longest=3, inside=ACTION),
}
NEW_RUN = {
    **RUN,
    "name": Key(required=True, blank=False),
    "head_sha": Key(required=True),
    "output": Key(dict, inside={**OUTPUT, "title": Key(required=True)}),
}


def create(call: Call) -> Answer:
    """A check run on a commit of the repository, its pull requests from forks included."""
    body, repository, app = call.keys(NEW_RUN), call.repository, _app(call)
    sha = body["head_sha"]
    if sha not in repository.objects.commits:
        raise Refusal(422, f"No commit found for SHA: {sha}")
    suites = {(other.app.id, other.head_sha): other.suite for other in repository.check_runs}
    suite = suites.get((app.id, sha)) or call.store.next_id()
    run = CheckRun(call.store.next_id(), app, body["name"], sha, suite, started_at=iso(call.store.clock()))
    _apply(call, run, body)
    repository.check_runs.append(run)
    return 201, check_run(call.shapes, repository, run)


def update(call: Call) -> Answer:
    """Changes to one's own check run."""
    body, run, app = call.keys(RUN), call.check_run, _app(call)
    if run.app is not app:
        raise Refusal(
            403,
            f"Invalid app_id `{app.id}` - check run can only be modified by the GitHub App that created it.",
        )
    _apply(call, run, body)
    return 200, check_run(call.shapes, call.repository, run)


def get(call: Call) -> Answer:
    """One check run."""
    return 200, check_run(call.shapes, call.repository, call.check_run)


def notes(call: Call) -> Answer:
    """The annotations of a check run."""
    empty = {"start_column": None, "end_column": None, "title": None, "raw_details": None}
    page = f"{call.shapes.web}/{call.repository.full_name}/blob/{call.check_run.head_sha}"
    return 200, [
        {**empty, "blob_href": f"{page}/{item['path']}", **item} for item in call.page(call.check_run.annotations)
    ]


def of_commit(call: Call) -> Answer:
    """The check runs of a commit: the latest of each name and App, or all of them."""
    ref = call.arguments["ref"]
    sha = call.repository.branches.get(ref, ref)
    if sha not in call.repository.objects.commits:
        raise Refusal(422, f"No commit found for SHA: {ref}")
    name, status, app = (call.query.get(key) for key in ("check_name", "status", "app_id"))
    runs = [run for run in call.repository.check_runs if run.head_sha == sha]
    if call.query.get("filter", "latest") == "latest":
        runs = latest(runs)
    runs = [
        run
        for run in runs
        if name in (None, run.name) and status in (None, run.status) and app in (None, str(run.app.id))
    ]
    return 200, {
        "total_count": len(runs),
        "check_runs": [check_run(call.shapes, call.repository, run) for run in call.page(runs)],
    }


def latest(runs: list[CheckRun]) -> list[CheckRun]:
    """Keep the newest run of each name and App: what a pull request shows."""
    return list({(run.app.id, run.name): run for run in runs}.values())


def _app(call: Call) -> App:
    if call.who.app is None:
        raise Refusal(403, "You must authenticate via a GitHub App.")
    return call.who.app


def _apply(call: Call, run: CheckRun, body: dict[str, Any]) -> None:
    """Lay the body over a run: a conclusion completes it, annotations add up, the rest replaces."""
    done = body.get("status") == "completed" or body.get("completed_at")
    if done and not body.get("conclusion"):
        raise failed("CheckRun", "conclusion", "missing_field")
    output = body.get("output") or {}
    for note in output.get("annotations") or []:
        if note["end_line"] < note["start_line"] or note["start_line"] < 1:
            raise failed("CheckRun", "annotations", "invalid", "end_line must not precede start_line")
        if note.keys() & {"start_column", "end_column"} and note["start_line"] != note["end_line"]:
            raise failed("CheckRun", "annotations", "invalid", "columns need start_line and end_line to be the same")
    for key in ("name", "details_url", "external_id", "status", "started_at", "conclusion", "completed_at", "actions"):
        if body.get(key) is not None:
            setattr(run, key, body[key])
    for key in ("title", "summary", "text"):
        if output.get(key) is not None:
            setattr(run, key, output[key])
    run.annotations.extend(output.get("annotations") or [])
    if body.get("conclusion"):
        run.status = "completed"
        run.completed_at = body.get("completed_at") or iso(call.store.clock())
    elif body.get("status"):
        run.conclusion = run.completed_at = None


RUNS = REPOSITORY + "/check-runs"
ROUTES = (
    Route("POST", RUNS, create, "checks/runs#create-a-check-run", WRITE),
    Route("PATCH", RUNS + "/<int:id>", update, "checks/runs#update-a-check-run", WRITE),
    Route("GET", RUNS + "/<int:id>", get, "checks/runs#get-a-check-run", READ),
    Route("GET", RUNS + "/<int:id>/annotations", notes, "checks/runs#list-check-run-annotations", READ),
    Route(
        "GET",
        REPOSITORY + "/commits/<path:ref>/check-runs",
        of_commit,
        "checks/runs#list-check-runs-for-a-git-reference",
        READ,
    ),
)
