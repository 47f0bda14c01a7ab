"""The JSON of git objects."""

from __future__ import annotations

from base64 import b64encode

from bot.playground.accounts import Accounts, iso
from bot.playground.git import FOLDER, SUBMODULE, Commit
from bot.playground.model import Json, Repository, node_id

LARGEST_TREE = 100_000  # entries: https://docs.github.com/rest/git/trees#get-a-tree


def tree(shapes: Accounts, repository: Repository, sha: str, recursive: bool, truncated: bool) -> Json:
    """`git-tree`; a truncated one lacks its second half."""
    url = f"{shapes.repository_url(repository)}/git"
    kinds = {FOLDER: ("tree", "trees"), SUBMODULE: ("commit", "commits")}
    entries: list[Json] = []

    def walk(folder: str, prefix: str) -> None:
        for name, entry in repository.objects.folders[folder]:
            kind, place = kinds.get(entry.mode, ("blob", "blobs"))
            shape: Json = {"path": prefix + name, "mode": entry.mode.zfill(6), "type": kind, "sha": entry.sha}
            if kind == "blob":
                shape["size"] = len(repository.objects.blobs[entry.sha])
            if kind != "commit":
                shape["url"] = f"{url}/{place}/{entry.sha}"
            entries.append(shape)
            if recursive and kind == "tree":
                walk(entry.sha, f"{prefix}{name}/")

    walk(sha, "")
    truncated = truncated or len(entries) > LARGEST_TREE
    kept = entries[: min(len(entries) // 2, LARGEST_TREE)] if truncated else entries
    return {"sha": sha, "url": f"{url}/trees/{sha}", "tree": kept, "truncated": truncated}


def blob(shapes: Accounts, repository: Repository, sha: str, content: bytes) -> Json:
    """`blob`, in base64 broken into lines as GitHub does."""
    text = b64encode(content).decode()
    return {
        "sha": sha,
        "node_id": node_id("B", int(sha[:10], 16)),
        "size": len(content),
        "url": f"{shapes.repository_url(repository)}/git/blobs/{sha}",
        "content": "".join(text[i : i + 60] + "\n" for i in range(0, len(text), 60)),
        "encoding": "base64",
    }


def commit(shapes: Accounts, repository: Repository, commit: Commit) -> Json:
    """`git-commit`."""
    url, page = f"{shapes.repository_url(repository)}/git", f"{shapes.web}/{repository.full_name}/commit"
    person = {"name": commit.author, "email": commit.email, "date": iso(commit.when)}
    return {
        "sha": commit.sha,
        "node_id": node_id("C", int(commit.sha[:10], 16)),
        "url": f"{url}/commits/{commit.sha}",
        "html_url": f"{page}/{commit.sha}",
        "author": person,
        "committer": person,
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{url}/trees/{commit.tree}"},
        "parents": [{"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{page}/{sha}"} for sha in commit.parents],
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }
