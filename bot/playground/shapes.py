"""The JSON of pull requests, comments, reviews and check runs, as REST answers and webhook payloads hold it."""

from __future__ import annotations

from urllib.parse import quote

from bot.playground.accounts import Accounts, association, iso
from bot.playground.diff import Change
from bot.playground.model import (
    Comment,
    Emoji,
    Json,
    Label,
    Pull,
    Repository,
    Review,
    ReviewComment,
    User,
    node_id,
)
from bot.playground.threads import change_of, line_now

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


class Shapes(Accounts):
    """Each method gives one schema of GitHub's OpenAPI description, named in its docstring."""

    def label(self, repository: Repository, label: Label) -> Json:
        """`label`."""
        return {
            "id": label.id,
            "node_id": node_id("LA", label.id),
            "url": f"{self.repository_url(repository)}/labels/{quote(label.name, safe='')}",
            "name": label.name,
            "color": label.color,
            "default": False,
            "description": label.description,
        }

    def pull_simple(self, pull: Pull) -> Json:
        """`pull-request-simple`."""
        url, issue, page = self.pull_url(pull), self.issue_url(pull), self.page(pull)
        statuses = f"{self.repository_url(pull.repository)}/statuses/{pull.head}"
        comment = f"{self.repository_url(pull.repository)}/pulls/comments{{/number}}"
        links = {
            "self": url,
            "html": page,
            "issue": issue,
            "comments": f"{issue}/comments",
            "review_comments": f"{url}/comments",
            "review_comment": comment,
            "commits": f"{url}/commits",
            "statuses": statuses,
        }
        return {
            "url": url,
            "id": pull.id,
            "node_id": node_id("PR", pull.id),
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "issue_url": issue,
            "number": pull.number,
            "state": pull.state,
            "locked": False,
            "title": pull.title,
            "user": self.user(pull.author),
            "body": pull.body or None,
            "created_at": iso(pull.created),
            "updated_at": iso(pull.updated),
            "closed_at": iso(pull.closed),
            "merged_at": iso(pull.merged),
            "merge_commit_sha": None,
            "assignee": None,
            "assignees": [],
            "requested_reviewers": [],
            "requested_teams": [],
            "labels": [self.label(pull.repository, label) for label in pull.labels],
            "milestone": None,
            "draft": pull.draft,
            **{f"{name}_url": links[name] for name in ("commits", "review_comments", "review_comment", "comments")},
            "statuses_url": statuses,
            "head": self._end(pull.head_ref, pull.head, pull.head_repository, pull.author),
            "base": self._end(pull.base_ref, pull.base, pull.repository, pull.repository.owner),
            "_links": {name: {"href": href} for name, href in links.items()},
            "author_association": association(pull.repository, pull.author),
            "auto_merge": None,
            "active_lock_reason": None,
        }

    def pull(self, pull: Pull) -> Json:
        """`pull-request`."""
        changes = pull.changes()
        return {
            **self.pull_simple(pull),
            "merged": pull.merged is not None,
            "mergeable": None if pull.state == "closed" else True,
            "rebaseable": None if pull.state == "closed" else True,
            "mergeable_state": "draft" if pull.draft else "clean",
            "merged_by": None,
            "comments": len(pull.comments),
            "review_comments": len(pull.review_comments),
            "maintainer_can_modify": pull.head_repository is not pull.repository,
            "commits": len(pull.commits()),
            "additions": sum(change.additions for change in changes),
            "deletions": sum(change.deletions for change in changes),
            "changed_files": len(changes),
        }

    def file(self, pull: Pull, change: Change, patch: str | None, counted: bool) -> Json:
        """`diff-entry`; one that is not `counted` came too late in a large answer, and says that nothing changed."""
        page, path = f"{self.web}/{pull.repository.full_name}", quote(change.path)
        shape = {
            "sha": change.sha,
            "filename": change.path,
            "status": change.status,
            "additions": change.additions if counted else 0,
            "deletions": change.deletions if counted else 0,
            "changes": change.additions + change.deletions if counted else 0,
            "blob_url": f"{page}/blob/{pull.head}/{path}",
            "raw_url": f"{page}/raw/{pull.head}/{path}",
            "contents_url": f"{self.repository_url(pull.repository)}/contents/{path}?ref={pull.head}",
        }
        shape |= {"patch": patch} if patch is not None and counted else {}
        return shape | ({"previous_filename": change.previous_path} if change.previous_path else {})

    def reactions(self, url: str, reactions: Emoji) -> Json:
        """`reaction-rollup`."""
        counts = {name: len(reactions.get(name, ())) for name in REACTIONS}
        return {"url": f"{url}/reactions", "total_count": sum(counts.values()), **counts}

    def comment(self, pull: Pull, comment: Comment) -> Json:
        """`issue-comment`."""
        url = f"{self.repository_url(pull.repository)}/issues/comments/{comment.id}"
        return {
            "id": comment.id,
            "node_id": node_id("IC", comment.id),
            "url": url,
            "html_url": f"{self.page(pull)}#issuecomment-{comment.id}",
            "body": comment.body,
            "user": self.user(comment.author),
            "created_at": iso(comment.created),
            "updated_at": iso(comment.updated),
            "issue_url": self.issue_url(pull),
            "author_association": association(pull.repository, comment.author),
            "performed_via_github_app": self.app(comment.app) if comment.app else None,
            "reactions": self.reactions(url, comment.reactions),
        }

    def review(self, pull: Pull, review: Review) -> Json:
        """`pull-request-review`."""
        page = f"{self.page(pull)}#pullrequestreview-{review.id}"
        submitted = {} if review.state == "PENDING" else {"submitted_at": iso(review.created)}
        return {
            "id": review.id,
            "node_id": node_id("PRR", review.id),
            "user": self.user(review.author),
            "body": review.body,
            "state": review.state,
            "html_url": page,
            "pull_request_url": self.pull_url(pull),
            "_links": {"html": {"href": page}, "pull_request": {"href": self.pull_url(pull)}},
            **submitted,
            "commit_id": review.commit,
            "author_association": association(pull.repository, review.author),
        }

    def review_comment(self, pull: Pull, comment: ReviewComment) -> Json:
        """`pull-request-review-comment`; an outdated one keeps its place under the `original_` keys alone, and one on a
        whole file has none."""
        url = f"{self.repository_url(pull.repository)}/pulls/comments/{comment.id}"
        page = f"{self.page(pull)}#discussion_r{comment.id}"
        line = line_now(pull, comment)
        change, then = change_of(pull, comment.path), change_of(pull, comment.path, comment.commit)
        shape: Json = {
            "url": url,
            "pull_request_review_id": comment.review.id,
            "id": comment.id,
            "node_id": node_id("PRRC", comment.id),
            "diff_hunk": comment.excerpt,
            "path": comment.path,
            "commit_id": pull.head if line else comment.commit,
            "original_commit_id": comment.commit,
            "user": self.user(comment.author),
            "body": comment.body,
            "created_at": iso(comment.created),
            "updated_at": iso(comment.updated),
            "html_url": page,
            "pull_request_url": self.pull_url(pull),
            "author_association": association(pull.repository, comment.author),
            "_links": {
                "self": {"href": url},
                "html": {"href": page},
                "pull_request": {"href": self.pull_url(pull)},
            },
            "subject_type": "line" if comment.line else "file",
            "reactions": self.reactions(url, comment.reactions),
        }
        if comment.line is not None:
            shape |= {
                "start_line": line_now(pull, comment, comment.start_line) if line and comment.start_line else None,
                "original_start_line": comment.start_line,
                "start_side": comment.start_side,
                "line": line,
                "original_line": comment.line,
                "side": comment.side,
                "position": change.position(comment.side, line) if change and line else None,
                "original_position": then.position(comment.side, comment.line) if then else None,
            }
        return shape | ({"in_reply_to_id": comment.reply_to.id} if comment.reply_to else {})

    def reaction(self, reaction: int, user: User, content: str, when: float) -> Json:
        """`reaction`."""
        return {
            "id": reaction,
            "node_id": node_id("REA", reaction),
            "user": self.user(user),
            "content": content,
            "created_at": iso(when),
        }

    def _end(self, ref: str, sha: str, repository: Repository | None, user: User) -> Json:
        owner = repository.owner if repository else user
        return {
            "label": f"{owner.login}:{ref}",
            "ref": ref,
            "sha": sha,
            "user": self.user(owner),
            "repo": self.repository(repository) if repository else None,
        }
