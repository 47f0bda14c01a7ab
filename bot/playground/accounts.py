"""The JSON of people, Apps and repositories, with every address that GitHub's answers hold."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from bot.playground.model import App, Installation, Json, Pull, Repository, User, node_id

_PLAIN = (
    "contributors deployments downloads events forks hooks languages merges stargazers subscribers subscription tags "
    "teams"
)
_TEMPLATES = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "statuses": "statuses/{sha}",
    "trees": "git/trees{/sha}",
}


def iso(when: float | None) -> str | None:
    """Write a time as GitHub does: UTC, whole seconds, Z."""
    return None if when is None else datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def association(repository: Repository, user: User) -> str:
    """Return how a person relates to a repository, in GitHub's words."""
    if user is repository.owner:
        return "OWNER"
    if user.login in repository.roles:
        return "MEMBER"
    merged = any(pull.merged and pull.author is user for pull in repository.pulls.values())
    return "CONTRIBUTOR" if merged else "NONE"


class Accounts:
    """Writes JSON whose addresses start with `api` (REST) and `web` (pages)."""

    def __init__(self, api: str, web: str) -> None:
        self.api, self.web = api.rstrip("/"), web.rstrip("/")

    def user(self, user: User) -> Json:
        """`simple-user`."""
        name = quote(user.login, safe="")
        url = f"{self.api}/users/{name}"
        page = f"{self.web}/apps/{name.removesuffix('%5Bbot%5D')}" if user.kind == "Bot" else f"{self.web}/{name}"
        names = ["followers", "subscriptions", "organizations", "repos", "received_events"]
        return {
            "login": user.login,
            "id": user.id,
            "node_id": node_id({"Bot": "BOT", "User": "U", "Organization": "O"}[user.kind], user.id),
            "avatar_url": f"{self.web}/avatars/u/{user.id}",
            "gravatar_id": "",
            "url": url,
            "html_url": page,
            **{f"{name}_url": f"{url}/{name}" for name in names},
            "following_url": url + "/following{/other_user}",
            "gists_url": url + "/gists{/gist_id}",
            "starred_url": url + "/starred{/owner}{/repo}",
            "events_url": url + "/events{/privacy}",
            "type": user.kind,
            "user_view_type": "public",
            "site_admin": False,
        }

    def app(self, app: App) -> Json:
        """`integration`."""
        return {
            "id": app.id,
            "slug": app.slug,
            "node_id": node_id("A", app.id),
            "client_id": app.client_id,
            "owner": self.user(app.owner),
            "name": app.slug,
            "description": "",
            "external_url": app.url or f"{self.web}/",
            "html_url": f"{self.web}/apps/{app.slug}",
            "created_at": iso(app.created),
            "updated_at": iso(app.created),
            "permissions": app.permissions,
            "events": app.events,
        }

    def installation(self, installation: Installation) -> Json:
        """`installation`."""
        url = f"{self.api}/app/installations/{installation.id}"
        return {
            "id": installation.id,
            "node_id": node_id("I", installation.id),
            "account": self.user(installation.account),
            "repository_selection": "selected",
            "access_tokens_url": f"{url}/access_tokens",
            "repositories_url": f"{self.api}/installation/repositories",
            "html_url": f"{self.web}/settings/installations/{installation.id}",
            "app_id": installation.app.id,
            "client_id": installation.app.client_id,
            "app_slug": installation.app.slug,
            "target_id": installation.account.id,
            "target_type": installation.account.kind,
            "permissions": installation.permissions,
            "events": installation.app.events,
            "created_at": iso(installation.created),
            "updated_at": iso(installation.created),
            "single_file_name": None,
            "has_multiple_single_files": False,
            "single_file_paths": [],
            "suspended_by": None,
            "suspended_at": None,
        }

    def repository_url(self, repository: Repository) -> str:
        """Return the REST address of a repository."""
        return f"{self.api}/repos/{repository.full_name}"

    def repository_name(self, repository: Repository) -> Json:
        """Return a repository as the events about installations name it."""
        return {
            "id": repository.id,
            "node_id": node_id("R", repository.id),
            "name": repository.name,
            "full_name": repository.full_name,
            "private": False,
        }

    def repository(self, repository: Repository) -> Json:
        """`repository`."""
        url, page = self.repository_url(repository), f"{self.web}/{repository.full_name}"
        opened = sum(pull.state == "open" for pull in repository.pulls.values())
        forks = 0
        host = page.split("://", 1)[1]
        return {
            **self.repository_name(repository),
            "owner": self.user(repository.owner),
            "html_url": page,
            "description": None,
            "fork": repository.parent is not None,
            "url": url,
            **{f"{name}_url": f"{url}/{name}" for name in _PLAIN.split()},
            **{f"{name}_url": f"{url}/{end}" for name, end in _TEMPLATES.items()},
            "git_url": f"git://{host}.git",
            "ssh_url": f"git@{host}.git",
            "clone_url": f"{page}.git",
            "svn_url": page,
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "license": None,
            "forks_count": forks,
            "stargazers_count": 0,
            "watchers_count": 0,
            "size": 0,
            "default_branch": repository.default_branch,
            "open_issues_count": opened,
            "is_template": False,
            "topics": [],
            "has_issues": True,
            "has_projects": False,
            "has_wiki": False,
            "has_pages": False,
            "has_downloads": False,
            "has_discussions": False,
            "archived": False,
            "disabled": False,
            "visibility": "public",
            "allow_forking": True,
            "web_commit_signoff_required": False,
            "pushed_at": iso(repository.created),
            "created_at": iso(repository.created),
            "updated_at": iso(repository.created),
            "forks": forks,
            "open_issues": opened,
            "watchers": 0,
        }

    def full_repository(self, repository: Repository) -> Json:
        """`full-repository`."""
        parent = {"parent": self.repository(repository.parent)} if repository.parent else {}
        return {**self.repository(repository), "subscribers_count": 0, "network_count": 0, **parent}

    def pull_url(self, pull: Pull) -> str:
        """Return the REST address of a pull request."""
        return f"{self.repository_url(pull.repository)}/pulls/{pull.number}"

    def issue_url(self, pull: Pull) -> str:
        """Return the REST address of a pull request as the issue that it also is."""
        return f"{self.repository_url(pull.repository)}/issues/{pull.number}"

    def page(self, pull: Pull) -> str:
        """Return the address of a pull request's page."""
        return f"{self.web}/{pull.repository.full_name}/pull/{pull.number}"
