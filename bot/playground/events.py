"""The payloads of webhook events, as GitHub fills them.

https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from typing import Any

from bot.playground.accounts import association, iso
from bot.playground.check_shapes import check_run
from bot.playground.diff import compare
from bot.playground.model import CheckRun, Comment, Installation, Json, Label, Pull, Repository, User, node_id
from bot.playground.shapes import Shapes
from bot.playground.store import Store
from bot.playground.traffic import Event

# GitHub's payload of `synchronize` wants these in a repository, on top of what REST gives.
MERGE_SETTINGS = {
    "allow_auto_merge": False,
    "allow_merge_commit": True,
    "allow_rebase_merge": True,
    "allow_squash_merge": True,
    "allow_update_branch": False,
    "delete_branch_on_merge": False,
}


class Events:
    """One method per event."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def pull_request(self, pull: Pull, action: str, sender: User, **more: Any) -> Event:
        """`pull_request`, any action; `more` are the keys that the action adds."""
        if isinstance(more.get("label"), Label):
            more["label"] = self._shapes.label(pull.repository, more["label"])
        shape = self._shapes.pull(pull)
        for end in (shape["head"], shape["base"]):
            end["repo"] = end["repo"] and end["repo"] | MERGE_SETTINGS
        payload = {"action": action, "number": pull.number, "pull_request": shape, **more}
        return Event("pull_request", payload | self._around(pull.repository, sender))

    def issue_comment(self, pull: Pull, comment: Comment, action: str) -> Event:
        """`issue_comment` on a pull request: it holds no head sha."""
        shapes, url = self._shapes, self._shapes.issue_url(pull)
        issue = {
            "url": url,
            "repository_url": shapes.repository_url(pull.repository),
            "labels_url": url + "/labels{/name}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": shapes.page(pull),
            "id": pull.id,
            "node_id": node_id("PR", pull.id),
            "number": pull.number,
            "title": pull.title,
            "user": shapes.user(pull.author),
            "labels": [shapes.label(pull.repository, label) for label in pull.labels],
            "state": pull.state,
            "locked": False,
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "comments": len(pull.comments),
            "created_at": iso(pull.created),
            "updated_at": iso(pull.updated),
            "closed_at": iso(pull.closed),
            "author_association": association(pull.repository, pull.author),
            "active_lock_reason": None,
            "draft": pull.draft,
            "pull_request": {
                "url": shapes.pull_url(pull),
                "html_url": shapes.page(pull),
                "diff_url": f"{shapes.page(pull)}.diff",
                "patch_url": f"{shapes.page(pull)}.patch",
                "merged_at": iso(pull.merged),
            },
            "body": pull.body or None,
            "reactions": shapes.reactions(url, {}),
            "timeline_url": f"{url}/timeline",
            "performed_via_github_app": None,
            "state_reason": None,
        }
        payload: Json = {"action": action, "issue": issue, "comment": shapes.comment(pull, comment)}
        return Event("issue_comment", payload | self._around(pull.repository, comment.author))

    def check_run(self, repository: Repository, run: CheckRun, sender: User, identifier: str | None) -> Event:
        """`check_run` requested_action with the button's identifier, or rerequested without."""
        shape = check_run(self._shapes, repository, run)
        shape["check_suite"] = {
            "id": run.suite,
            "node_id": node_id("CS", run.suite),
            "head_branch": None,
            "head_sha": run.head_sha,
            "status": run.status,
            "conclusion": run.conclusion,
            "url": f"{self._shapes.repository_url(repository)}/check-suites/{run.suite}",
            "before": None,
            "after": None,
            "pull_requests": shape["pull_requests"],
            "app": self._shapes.app(run.app),
            "created_at": run.started_at,
            "updated_at": run.started_at,
        }
        payload: Json = {"action": "rerequested", "check_run": shape}
        if identifier is not None:
            payload |= {"action": "requested_action", "requested_action": {"identifier": identifier}}
        return Event("check_run", payload | self._around(repository, sender))

    def push(self, repository: Repository, branch: str, before: str, sender: User) -> Event:
        """`push` to a branch, with the paths that each commit touches."""
        after = repository.branches[branch]
        commits = [self._pushed(repository, commit.sha) for commit in repository.objects.between(before, after)]
        page = f"{self._store.web_url}/{repository.full_name}"
        email = f"{sender.login}@users.noreply.github.com"
        around = self._around(repository, sender)
        around["repository"] |= MERGE_SETTINGS
        payload: Json = {
            "ref": f"refs/heads/{branch}",
            "before": before,
            "after": after,
            "base_ref": None,
            "created": False,
            "deleted": False,
            "forced": False,
            "compare": f"{page}/compare/{before[:12]}...{after[:12]}",
            "commits": commits,
            "head_commit": commits[-1],
            "pusher": {"name": sender.login, "email": email},
        }
        return Event("push", payload | around)

    def installation(
        self, installation: Installation, action: str, repositories: list[Repository], sender: User
    ) -> Event:
        """`installation` created, or `installation_repositories` added."""
        names = [self._shapes.repository_name(repository) for repository in repositories]
        payload: Json = {
            "action": action,
            "installation": self._shapes.installation(installation),
            "requester": None,
            "sender": self._shapes.user(sender),
        }
        if action == "created":
            return Event("installation", payload | {"repositories": names})
        added = {"repositories_added": names, "repositories_removed": [], "repository_selection": "selected"}
        return Event("installation_repositories", payload | added)

    @property
    def _shapes(self) -> Shapes:
        return Shapes(self._store.api_url, self._store.web_url)

    def _around(self, repository: Repository, sender: User) -> Json:
        """Return what every event on a repository carries."""
        shape: Json = {"repository": self._shapes.repository(repository), "sender": self._shapes.user(sender)}
        installed = self._store.installation_for(repository)
        if installed:
            shape["installation"] = {"id": installed.id, "node_id": node_id("MDI", installed.id)}
        return shape

    def _pushed(self, repository: Repository, sha: str) -> Json:
        objects = repository.objects
        commit = objects.commits[sha]
        parent = objects.commits[commit.parents[0]]
        changes = compare(objects, parent.tree, commit.tree, {})
        old = [change.previous_path for change in changes if change.previous_path]
        person = {"name": commit.author, "email": commit.email, "username": commit.author}
        return {
            "id": sha,
            "tree_id": commit.tree,
            "distinct": True,
            "message": commit.message,
            "timestamp": iso(commit.when),
            "url": f"{self._store.web_url}/{repository.full_name}/commit/{sha}",
            "author": person,
            "committer": person,
            "added": [change.path for change in changes if change.status in ("added", "renamed")],
            "removed": old + [change.path for change in changes if change.status == "removed"],
            "modified": [change.path for change in changes if change.status in ("modified", "changed")],
        }
