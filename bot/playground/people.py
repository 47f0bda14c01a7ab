"""What people do on GitHub: each act changes the store and returns the webhook event that GitHub would deliver."""

from __future__ import annotations

from collections.abc import Mapping

from bot.playground.events import Events
from bot.playground.git import Content, File
from bot.playground.model import CheckRun, Comment, Pull, Repository, ReviewComment, User
from bot.playground.store import Store
from bot.playground.traffic import Event


class People:
    """Everything that a person does in a browser or with git, here as methods. Logins name who acts."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._events = Events(store)

    def open_pull(
        self,
        full_name: str,
        author: str,
        title: str,
        files: Mapping[str, Content],
        *,
        branch: str = "patch-1",
        fork: bool = True,
        base: str | None = None,
        body: str = "",
        draft: bool = False,
        renames: Mapping[str, str] | None = None,
    ) -> Event:
        """Open a pull request with one commit: `pull_request` opened. `renames` maps new paths to old ones.

        The branch lies in the author's fork, or in the repository itself unless `fork`.
        """
        store = self.store
        with store.lock:
            repository, user = store.repository(full_name), store.user(author)
            base = base or repository.default_branch
            tip, home = repository.branches[base], self._fork(repository, user) if fork else repository
            while branch in home.branches:
                name, _, number = branch.rpartition("-")
                branch = f"{name}-{int(number) + 1}" if number.isdecimal() else f"{branch}-2"
            commit = self._commit(repository, (tip,), files, title, user)
            home.branches[branch] = commit
            number_, now = max(repository.pulls, default=0) + 1, store.clock()
            pull = Pull(
                store.next_id(),
                number_,
                repository,
                user,
                title,
                body,
                home,
                branch,
                commit,
                base,
                tip,
                now,
                now,
                draft,
                heads=[commit],
                renames=dict(renames or {}),
            )
            repository.pulls[pull.number] = pull
            return self._events.pull_request(pull, "opened", user)

    def push(
        self,
        pull: Pull,
        files: Mapping[str, Content],
        message: str = "Update",
        *,
        merge: bool = False,
        force: bool = False,
    ) -> Event:
        """Push a commit to the head: `pull_request` synchronize.

        `merge`: it also merges the base branch in. `force`: it replaces all that was pushed so far.
        """
        with self.store.lock:
            repository = pull.repository
            tip = repository.branches[pull.base_ref]
            parents = (pull.merge_base,) if force else (pull.head, tip) if merge else (pull.head,)
            changes = {**repository.objects.edits(pull.merge_base, tip), **files} if merge else files
            before, after = pull.head, self._commit(repository, parents, changes, message, pull.author)
            pull.base = tip
            pull.move(after)
            self._happen(pull, "committed", pull.author, after)
            if force:
                self._happen(pull, "head_ref_force_pushed", pull.author)
            return self._events.pull_request(pull, "synchronize", pull.author, before=before, after=after)

    def rename(self, pull: Pull, old: str, new: str, content: Content = None) -> Event:
        """Push a rename that GitHub shows as one; `content` replaces the text, if given."""
        with self.store.lock:
            objects = pull.repository.objects
            entry = objects.files(objects.commits[pull.head].tree)[old]
            kept = File(objects.blobs[entry.sha], entry.mode) if content is None else content
            pull.renames[new] = pull.renames.pop(old, old)
            return self.push(pull, {old: None, new: kept}, f"Rename {old} to {new}")

    def push_branch(
        self,
        full_name: str,
        author: str,
        files: Mapping[str, Content],
        message: str = "Update",
        branch: str | None = None,
    ) -> Event:
        """Push a commit to a branch of the repository, the default one if not named: `push`."""
        with self.store.lock:
            repository, user = self.store.repository(full_name), self.store.user(author)
            branch = branch or repository.default_branch
            before = repository.branches[branch]
            repository.branches[branch] = self._commit(repository, (before,), files, message, user)
            return self._events.push(repository, branch, before, user)

    def close(self, pull: Pull, login: str, *, merge: bool = False) -> Event:
        """Close a pull request, or merge it into its base: `pull_request` closed."""
        with self.store.lock:
            user, now = self.store.user(login), self.store.clock()
            pull.state, pull.closed = "closed", now
            if merge:
                tip = pull.repository.branches[pull.base_ref]
                changes = pull.repository.objects.edits(pull.merge_base, pull.head)
                merged = self._commit(pull.repository, (tip, pull.head), changes, f"Merge #{pull.number}", user)
                pull.repository.branches[pull.base_ref] = merged
                pull.merged = now
            self._happen(pull, "merged" if merge else "closed", user)
            return self._events.pull_request(pull, "closed", user)

    def reopen(self, pull: Pull, login: str) -> Event:
        """Reopen a pull request: `pull_request` reopened."""
        with self.store.lock:
            pull.state, pull.closed = "open", None
            return self._acted(pull, "reopened", login)

    def ready(self, pull: Pull, login: str) -> Event:
        """Mark a draft ready: `pull_request` ready_for_review."""
        with self.store.lock:
            pull.draft = False
            return self._acted(pull, "ready_for_review", login)

    def edit(self, pull: Pull, login: str, *, title: str | None = None, base: str | None = None) -> Event:
        """Change the title or the base branch: `pull_request` edited with `changes`."""
        with self.store.lock:
            changes: dict[str, object] = {}
            if title is not None:
                changes["title"] = {"from": pull.title}
                pull.title = title
            if base is not None:
                changes["base"] = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base}}
                pull.base_ref, pull.base = base, pull.repository.branches[base]
            user = self.store.user(login)
            self._happen(pull, "edited" if base is None else "base_ref_changed", user)
            return self._events.pull_request(pull, "edited", user, changes=changes)

    def label(self, pull: Pull, login: str, name: str) -> Event:
        """Put a label on: `pull_request` labeled."""
        with self.store.lock:
            label = self.store.label(pull.repository, name)
            pull.labels.append(label)
            return self._acted(pull, "labeled", login, label=label)

    def unlabel(self, pull: Pull, login: str, name: str) -> Event:
        """Take a label off: `pull_request` unlabeled."""
        with self.store.lock:
            label = pull.repository.labels[name.casefold()]
            pull.labels.remove(label)
            return self._acted(pull, "unlabeled", login, label=label)

    def comment(self, pull: Pull, login: str, body: str) -> Event:
        """Write in the conversation: `issue_comment` created."""
        with self.store.lock:
            user, now = self.store.user(login), self.store.clock()
            made = Comment(self.store.next_id(), user, body, now, now)
            pull.comments.append(made)
            self._happen(pull, "commented", user, made)
            return self._events.issue_comment(pull, made, "created")

    def reply(self, pull: Pull, first: ReviewComment, login: str, body: str) -> ReviewComment:
        """Answer a comment on the diff."""
        with self.store.lock:
            user, now = self.store.user(login), self.store.clock()
            made = ReviewComment(
                self.store.next_id(),
                user,
                body,
                now,
                now,
                review=first.review,
                path=first.path,
                commit=first.commit,
                excerpt=first.excerpt,
                line=first.line,
                side=first.side,
                reply_to=first,
            )
            pull.review_comments.append(made)
            return made

    def resolve(self, first: ReviewComment) -> None:
        """Resolve the thread that a comment on the diff began."""
        with self.store.lock:
            first.resolved = True

    def click(self, repository: Repository, run: CheckRun, login: str, identifier: str | None = None) -> Event:
        """Click a button of a check run (`check_run` requested_action), or « Re-run » (rerequested) without one."""
        with self.store.lock:
            return self._events.check_run(repository, run, self.store.user(login), identifier)

    def delete_fork(self, pull: Pull) -> None:
        """Delete the repository that the head came from."""
        with self.store.lock:
            if pull.head_repository and pull.head_repository is not pull.repository:
                del self.store.repositories[pull.head_repository.full_name.lower()]
                pull.head_repository = None

    def _acted(self, pull: Pull, action: str, login: str, **more: object) -> Event:
        user = self.store.user(login)
        self._happen(pull, action, user, more.get("label"))
        return self._events.pull_request(pull, action, user, **more)

    def _happen(self, pull: Pull, what: str, who: User, about: object = None) -> None:
        pull.happen(what, who, self.store.clock(), about)

    def _fork(self, repository: Repository, user: User) -> Repository:
        name = f"{user.login}/{repository.name}"
        if name.lower() not in self.store.repositories:
            fork = Repository(
                self.store.next_id(), user, repository.name, repository.objects, repository.default_branch, {}
            )
            fork.parent, fork.created = repository, self.store.clock()
            fork.branches[repository.default_branch] = repository.branches[repository.default_branch]
            self.store.repositories[name.lower()] = fork
        return self.store.repositories[name.lower()]

    def _commit(
        self, repository: Repository, parents: tuple[str, ...], files: Mapping[str, Content], message: str, user: User
    ) -> str:
        email = f"{user.id}+{user.login}@users.noreply.github.com"
        return repository.objects.commit(parents, files, message, user.login, email).sha
