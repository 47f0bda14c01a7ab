"""The JSON of check runs."""

from __future__ import annotations

from bot.playground.accounts import Accounts
from bot.playground.model import CheckRun, Json, Pull, Repository, node_id


def check_run(shapes: Accounts, repository: Repository, run: CheckRun) -> Json:
    """`check-run`; its pull requests are those of this repository's own branches, never those of forks."""
    url = f"{shapes.repository_url(repository)}/check-runs/{run.id}"
    page = f"{shapes.web}/{repository.full_name}/runs/{run.id}"
    pulls = [p for p in repository.pulls.values() if p.head == run.head_sha and p.head_repository is repository]
    return {
        "id": run.id,
        "node_id": node_id("CR", run.id),
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "name": run.name,
        "check_suite": {"id": run.suite},
        "app": shapes.app(run.app),
        "pull_requests": [_pull(shapes, pull) for pull in pulls],
    }


def _pull(shapes: Accounts, pull: Pull) -> Json:
    name = pull.repository
    repository = {"id": name.id, "url": shapes.repository_url(name), "name": name.name}
    return {
        "id": pull.id,
        "number": pull.number,
        "url": shapes.pull_url(pull),
        "head": {"ref": pull.head_ref, "sha": pull.head, "repo": repository},
        "base": {"ref": pull.base_ref, "sha": pull.base, "repo": repository},
    }
