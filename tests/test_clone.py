"""What is read of a clone: what changed, from where to where, and nothing that the repository could forge."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.clone import UNCOMMITTED, only, read
from bot.errors import Unusable
from bot.state import MOST_DESCRIBED
from rules.document import MAX_BYTES
from rules.judgement import Change

API = "---\ntitle: API {}\n---\n" + "".join(f"Ligne {n}\n" for n in range(1, 31))


def git(folder: Path, *words: str) -> str:
    someone = ("-c", "user.name=x", "-c", "user.email=x@example.invalid", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *someone, *words], cwd=folder, check=True, capture_output=True)
    return os.fsdecode(done.stdout).strip()


def write(folder: Path, path: str, text: str = "") -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text or API.format(re.sub("[^a-z]", "", file.stem)), "utf-8")
    return file


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone on a branch of its own, one commit after `main`: two APIs, and a file that is no entry."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    write(folder, "_data/api/lynx.md")
    write(folder, "_data/api/hibou.md")
    write(folder, "public/images/api-logo/lynx.png", "image")
    write(folder, ".gitignore", "ignored\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "base")
    git(folder, "checkout", "-qb", "mine")
    return folder


def changed(folder: Path, **asked: str) -> list[Change]:
    return list(read(folder, **asked)[0].changes)  # type: ignore[arg-type]


def test_nothing_changes(clone: Path) -> None:
    pull, catalogue = read(clone)
    assert pull.changes == ()
    assert pull.before.documents.keys() == {"_data/api/lynx.md", "_data/api/hibou.md"}
    assert pull.after.files == {*pull.after.documents, ".gitignore", "public/images/api-logo/lynx.png"}
    assert (pull.head, pull.base) == (UNCOMMITTED, git(clone, "rev-parse", "main"))
    assert catalogue == clone


def test_the_files_as_they_are(clone: Path) -> None:
    write(clone, "_data/api/new.md")
    write(clone, "_data/api/ignored")
    write(clone, "_data/api/lynx.md", API.format("lynx").replace("Ligne 20", "Ligne vingt"))
    pull, _ = read(clone)
    new, lynx = Change("_data/api/new.md"), Change("_data/api/lynx.md", "_data/api/lynx.md")
    assert set(pull.changes) == {new, lynx}
    assert pull.hunks == {new.path: (range(1, 34),), lynx.path: (range(20, 27),)}
    assert pull.after.documents[new.path].data["title"] == "API new"
    assert pull.before.documents[lynx.path] is not pull.after.documents[lynx.path]
    assert pull.before.documents["_data/api/hibou.md"] is pull.after.documents["_data/api/hibou.md"]
    assert git(clone, "status", "--porcelain") == "M _data/api/lynx.md\n?? _data/api/new.md", "the index is left alone"


def test_files_that_describe_apis_may_be_larger_than_entries(clone: Path) -> None:
    write(clone, "public/swaggers/a.json", "a" * 4 * MAX_BYTES)
    write(clone, "public/swaggers/b.json", "b" * (MOST_DESCRIBED + 1))
    expected = {"/swaggers/a.json": b"a" * 4 * MAX_BYTES}
    assert read(clone)[0].descriptions == expected
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "files")
    assert read(clone)[0].descriptions == expected
    assert read(clone, head="mine")[0].descriptions == expected


def test_committed_revisions(clone: Path) -> None:
    write(clone, "_data/api/new.md")
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "new")
    git(clone, "checkout", "-q", "main")
    (clone / "_data/api/hibou.md").unlink()
    git(clone, "commit", "-qam", "main goes on")
    pull, _ = read(clone, head="mine")
    assert pull.changes == (Change("_data/api/new.md"),), "compared with the common ancestor, as on GitHub"
    assert "_data/api/hibou.md" in pull.after.documents
    assert pull.head == git(clone, "rev-parse", "mine")
    assert changed(clone, base="mine~1", head="main") == [Change("_data/api/hibou.md", "_data/api/hibou.md", gone=True)]


@pytest.mark.parametrize("staged", [True, False])
def test_a_file_that_moves(clone: Path, staged: bool) -> None:
    git(clone, "config", "diff.renames", "false")
    shutil.move(clone / "_data/api/lynx.md", clone / "_data/api/loup.md")
    if staged:
        git(clone, "add", ".")
    assert changed(clone) == [Change("_data/api/loup.md", "_data/api/lynx.md")]


def test_a_file_that_is_deleted(clone: Path) -> None:
    (clone / "_data/api/lynx.md").unlink()
    pull, _ = read(clone)
    assert pull.changes == (Change("_data/api/lynx.md", "_data/api/lynx.md", gone=True),)
    assert "_data/api/lynx.md" not in pull.after.files


def test_a_file_that_becomes_a_link(clone: Path) -> None:
    (clone / "_data/api/hibou.md").unlink()
    (clone / "_data/api/hibou.md").symlink_to("lynx.md")
    write(clone, "_data/api/lynx.md", API.format("lynx").replace("Ligne 20", "Ligne vingt"))
    pull, _ = read(clone)
    assert pull.after.documents["_data/api/hibou.md"].text == "lynx.md"
    assert pull.hunks == {"_data/api/hibou.md": (range(1, 2),), "_data/api/lynx.md": (range(20, 27),)}


@pytest.mark.parametrize("staged", [True, False])
def test_an_entry_that_becomes_a_submodule_is_gone(clone: Path, tmp_path: Path, staged: bool) -> None:
    write(tmp_path, "other/notes.md")
    git(tmp_path / "other", "init", "-q")
    git(tmp_path / "other", "add", ".")
    git(tmp_path / "other", "commit", "-qm", "x")
    git(clone, "rm", "-q", "_data/api/hibou.md")
    git(clone, "submodule", "--quiet", "add", str(tmp_path / "other"), "_data/api/hibou.md")
    if staged:
        git(clone, "commit", "-qm", "submodule")
    gone = Change("_data/api/hibou.md", "_data/api/hibou.md", gone=True)
    assert set(changed(clone, **({"head": "mine"} if staged else {}))) == {gone, Change(".gitmodules")}
    git(clone, "commit", "-qm", "submodule", "--allow-empty")
    git(clone, "rm", "-qf", "_data/api/hibou.md")
    write(clone, "_data/api/hibou.md")
    assert Change("_data/api/hibou.md") in changed(clone, base="mine"), "and the reverse is new"


def test_a_file_that_was_only_touched(clone: Path) -> None:
    git(clone, "config", "diff.autoRefreshIndex", "false")
    os.utime(clone / "_data/api/hibou.md", (0, 0))
    write(clone, "_data/api/lynx.md", API.format("lynx").replace("Ligne 20", "Ligne vingt"))
    pull, _ = read(clone)
    assert pull.hunks == {"_data/api/lynx.md": (range(20, 27),)}


def test_a_branch_of_any_name(clone: Path) -> None:
    git(clone, "update-ref", os.fsdecode(b"refs/heads/master/\xff"), "main")
    assert changed(clone) == []


def test_histories_that_share_nothing(clone: Path) -> None:
    git(clone, "checkout", "-q", "--orphan", "other")
    write(clone, "_data/api/new.md")
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "other")
    assert changed(clone, base="main", head="other") == [Change("_data/api/new.md")]


def test_a_shallow_clone_that_lacks_the_common_ancestor(clone: Path, tmp_path: Path) -> None:
    """Comparing with the newest base would blame the request for what others did meanwhile."""
    write(clone, "_data/api/new.md")
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "mine")
    git(clone, "checkout", "-q", "main")
    write(clone, "_data/api/others.md")
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "others")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{clone}", str(shallow))
    with pytest.raises(Unusable, match="incomplet"):
        read(shallow, base="origin/main", head="origin/mine")
    git(shallow, "fetch", "-q", "--unshallow")
    assert changed(shallow, base="origin/main", head="origin/mine") == [Change("_data/api/new.md")]


def test_a_catalogue_below_the_top(clone: Path) -> None:
    (clone / "site").mkdir()
    git(clone, "mv", "_data", "public", "site")
    git(clone, "commit", "-qm", "moved")
    git(clone, "branch", "-qf", "main")
    write(clone, "site/_data/api/new.md")
    write(clone, "elsewhere/notes.md")
    for place in (clone, clone / "site", clone / "site/_data/api"):
        pull, catalogue = read(place)
        assert pull.changes == (Change("_data/api/new.md"),)
        assert pull.before.files == {"_data/api/hibou.md", "_data/api/lynx.md", "public/images/api-logo/lynx.png"}
        assert catalogue == clone / "site"
    shutil.move(clone / "elsewhere", clone / "site/_data/api/")
    shutil.move(clone / "site/_data/api/lynx.md", clone / "lynx.md")
    assert set(changed(clone)) == {
        Change("_data/api/new.md"),
        Change("_data/api/elsewhere/notes.md"),
        Change("_data/api/lynx.md", "_data/api/lynx.md", gone=True),
    }


def test_hostile_names_and_contents(clone: Path, tmp_path: Path) -> None:
    """Whatever a repository holds is read as data: nothing is followed, run or left unread."""
    names = ["new\nline \"quoted\" \\ 'x'.md", "-C.md", "caf\udce9.md", "@{-1}.md", ":(top)x.md", "\u202egnp.md"]
    for name in names:
        write(clone, f"_data/api/{name}")
    secret = write(tmp_path, "secret", "the secret\n")
    (clone / "_data/api/link.md").symlink_to(secret)
    (clone / "_data/service").symlink_to(tmp_path)
    os.mkfifo(clone / "_data/api/pipe.md")
    write(clone, "_data/api/huge.md", "x" * 600_000)
    write(tmp_path, "other/_data/api/inside.md")
    git(tmp_path / "other", "init", "-q")
    git(tmp_path / "other", "add", ".")
    git(tmp_path / "other", "commit", "-qm", "x")
    git(clone, "submodule", "--quiet", "add", str(tmp_path / "other"), "_data/api/module.md")
    for head in (None, "mine"):
        if head:
            git(clone, "add", ".")
            git(clone, "commit", "-qm", "hostile")
        pull, _ = read(clone, head=head)
        shown = [name.replace("\udce9", "\\xe9") for name in names]
        assert {f"_data/api/{name}" for name in [*shown, "link.md", "huge.md"]} < {one.path for one in pull.changes}
        assert all(pull.after.documents[f"_data/api/{name}"].data for name in shown)
        assert pull.hunks[f"_data/api/{shown[0]}"] == (range(1, 34),)
        assert pull.after.documents["_data/api/link.md"].text == str(secret)
        assert getattr(pull.after.documents["_data/api/huge.md"].problem, "code", "") == "file-too-large"
        assert not [path for path in pull.after.files if "inside" in path or "module.md" in path or "pipe" in path]
        assert not [path for path in pull.after.documents if path.startswith("_data/service/")]


def test_no_program_of_the_repository_is_run(clone: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    program = write(tmp_path, "program", f"#!/bin/sh\necho $0 >> {trace}\n")
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "reference-transaction", "pre-commit", "fsmonitor-watchman"):
        shutil.copy(program, hooks / hook)
    for key in ("core.fsmonitor", "diff.external", "diff.x.textconv", "diff.x.command", "core.pager"):
        git(clone, "config", key, str(program))
    git(clone, "config", "core.hooksPath", str(hooks))
    git(clone, "config", "color.ui", "always")
    git(clone, "config", "diff.noprefix", "true")
    write(clone, ".gitattributes", "*.md diff=x\n")
    write(clone, "_data/api/lynx.md", API.format("lynx").replace("Ligne 20", "Ligne vingt"))
    write(clone, "_data/api/new.md")
    trace.unlink(missing_ok=True)
    pull, _ = read(clone)
    assert not trace.exists()
    assert pull.hunks["_data/api/lynx.md"] == (range(20, 27),)


@pytest.mark.parametrize("said_in", [".gitattributes", ".git/info/attributes"])
@pytest.mark.parametrize("kind", ["clean", "process"])
@pytest.mark.parametrize("name", ["e", 'E=f."g\\h'])
def test_no_filter_of_the_repository_is_run(clone: Path, tmp_path: Path, said_in: str, kind: str, name: str) -> None:
    trace = tmp_path / "trace"
    write(clone, said_in, "\n".join(f"{files} filter={name}" for files in ("*.md", "*.png")))
    git(clone, "config", f"filter.{name}.{kind}", f"touch {trace}; cat")
    git(clone, "config", f"filter.{name}.required", "true")
    write(clone, "_data/api/lynx.md", API.format("lynx").replace("Ligne 20", "Ligne vingt"))
    write(clone, "_data/api/new.md")
    os.utime(clone / "_data/api/hibou.md", (0, 0))
    trace.unlink(missing_ok=True)
    pull, _ = read(clone)
    assert not trace.exists()
    assert {one.path for one in pull.changes} - {said_in} == {"_data/api/lynx.md", "_data/api/new.md"}
    subprocess.run(["git", "add", "_data"], cwd=clone, check=False, capture_output=True)
    assert trace.exists(), "git itself runs it"


def test_no_submodule_is_entered(clone: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    write(tmp_path, "other/notes.md")
    write(tmp_path, "other/.gitattributes", "*.md filter=e\n")
    git(tmp_path / "other", "init", "-q")
    git(tmp_path / "other", "add", ".")
    git(tmp_path / "other", "commit", "-qm", "x")
    git(clone, "submodule", "--quiet", "add", str(tmp_path / "other"), "other")
    git(clone, "commit", "-qm", "submodule")
    git(clone, "config", "submodule.other.ignore", "none")
    git(clone / "other", "config", "filter.e.clean", f"touch {trace}; cat")
    os.utime(clone / "other/notes.md", (0, 0))
    read(clone)
    assert not trace.exists()


def test_nothing_is_written_to_the_clone(clone: Path) -> None:
    """Whoever runs greffier may have no right to write there: here, not even an empty content."""
    empty = git(clone, "hash-object", "-t", "blob", "/dev/null")
    if not (clone / f".git/objects/{empty[:2]}").is_dir():  # a commit's name may begin with it
        write(clone, f".git/objects/{empty[:2]}", "so no folder of that name can be made")
    git(clone, "config", "core.splitIndex", "true")
    git(clone, "update-index", "--split-index")
    write(clone, "_data/api/new.md")

    def held() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (clone / ".git").rglob("*") if path.is_file()}

    before = held()
    assert changed(clone) == [Change("_data/api/new.md")]
    assert held() == before


def test_a_clone_whose_folder_has_any_name(clone: Path) -> None:
    folder = clone.rename(clone.parent / 'a:b;"c\\d')
    write(folder, "_data/api/new.md")
    write(folder, "_data/api/lynx.md", API.format("lynx").replace("Ligne 20", "Ligne vingt"))
    assert len(changed(folder)) == 2


def test_another_repository_is_never_read(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook of git's runs with GIT_DIR and GIT_INDEX_FILE set."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nothing"))
    assert changed(clone) == []


def test_an_unfinished_merge(clone: Path) -> None:
    write(clone, "_data/api/lynx.md", API.format("un"))
    git(clone, "commit", "-qam", "one")
    git(clone, "checkout", "-q", "main")
    write(clone, "_data/api/lynx.md", API.format("deux"))
    git(clone, "commit", "-qam", "two")
    with pytest.raises(subprocess.CalledProcessError):
        git(clone, "merge", "mine")
    pull, _ = read(clone)
    assert pull.changes == (Change("_data/api/lynx.md", "_data/api/lynx.md"),)
    assert "<<<<<<<" in pull.after.documents["_data/api/lynx.md"].text


def test_everything(clone: Path) -> None:
    write(clone, "_data/api/new.md")
    pull, _ = read(clone, whole=True)
    listed = tuple(Change(path, path) for path in ("_data/api/hibou.md", "_data/api/lynx.md"))
    assert pull.changes == (*listed, Change("_data/api/new.md"))
    (clone / "_data/api/lynx.md").rename(clone / "_data/api/loup.md")
    assert Change("_data/api/loup.md", "_data/api/lynx.md") in read(clone, whole=True)[0].changes
    git(clone, "checkout", "-q", ".")
    assert read(clone, base="HEAD", whole=True)[0].base == git(clone, "rev-parse", "HEAD")
    assert [one.path for one in read(clone, head="main", whole=True)[0].changes] == [
        "_data/api/hibou.md",
        "_data/api/lynx.md",
    ]


def test_everything_where_no_branch_tells_what_is_listed(clone: Path) -> None:
    git(clone, "branch", "-qD", "main")
    pull, _ = read(clone, whole=True)
    assert (pull.base, pull.before.files) == ("", frozenset())
    assert pull.changes == (Change("_data/api/hibou.md"), Change("_data/api/lynx.md"))


def test_before_the_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, "_data/api/lynx.md")
    assert changed(tmp_path) == [Change("_data/api/lynx.md")]


def test_a_bare_repository(clone: Path, tmp_path: Path) -> None:
    write(clone, "_data/api/new.md")
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "new")
    git(tmp_path, "clone", "-q", "--bare", str(clone), "bare.git")
    assert changed(tmp_path / "bare.git", head="mine", base="main") == [Change("_data/api/new.md")]
    with pytest.raises(Unusable, match="--head"):
        read(tmp_path / "bare.git")


def test_a_folder_without_git(clone: Path) -> None:
    shutil.rmtree(clone / ".git")
    (clone / "_data/api/link.md").symlink_to("/etc/hostname")
    for place in (clone, clone / "_data/api"):
        pull, catalogue = read(place)
        assert (pull.base, pull.before.files) == ("", frozenset())
        assert not [one for one in pull.changes if one.previous]
        assert [one.path for one in pull.changes] == ["_data/api/hibou.md", "_data/api/link.md", "_data/api/lynx.md"]
        assert "public/images/api-logo/lynx.png" in pull.after.files
        assert pull.after.documents["_data/api/link.md"].text == "/etc/hostname"
        assert catalogue == clone
    with pytest.raises(Unusable, match="git"):
        read(clone, base="main")


@pytest.mark.parametrize("git_there", [True, False])
def test_no_catalogue(tmp_path: Path, git_there: bool) -> None:
    if git_there:
        git(tmp_path, "init", "-q", "-b", "main")
    with pytest.raises(Unusable, match="_data"):
        read(tmp_path)


def test_revisions_that_do_not_exist(clone: Path) -> None:
    for name in ("nothing", "-h", "--help", "main..mine", "main:_data", "^main", "main^@", "main\nmine", ""):
        with pytest.raises(Unusable, match="introuvable"):
            read(clone, base=name)
        with pytest.raises(Unusable, match="introuvable"):
            read(clone, head=name)
    git(clone, "branch", "-qD", "main")
    with pytest.raises(Unusable, match="branche principale"):
        read(clone)


def test_the_default_branch(clone: Path, tmp_path: Path) -> None:
    git(clone, "branch", "-qm", "main", "develop")
    git(tmp_path, "clone", "-q", "--branch=develop", str(clone), "mine")
    write(tmp_path / "mine", "_data/api/new.md")
    assert changed(tmp_path / "mine") == [Change("_data/api/new.md")], "origin/HEAD, whatever its name"


def test_an_incomplete_clone(clone: Path) -> None:
    blob = git(clone, "rev-parse", "main:_data/api/lynx.md")
    (clone / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Unusable, match="incomplet"):
        read(clone, head="mine")


@pytest.mark.parametrize("head", [None, "mine"])
def test_what_a_partial_clone_lacks_is_never_fetched(clone: Path, tmp_path: Path, head: str | None) -> None:
    """Git would run what the repository says gives it the rest."""
    write(clone, "_data/api/lynx.md", API.format("loup"))
    git(clone, "commit", "-qam", "wolf")
    git(clone, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{clone}", "partial")
    trace = tmp_path / "trace"
    git(tmp_path / "partial", "config", "remote.origin.uploadpack", f"touch {trace}; git-upload-pack")
    with pytest.raises(Unusable, match="incomplet"):
        read(tmp_path / "partial", base="origin/main", head=head)
    assert not trace.exists()


def test_only_some_paths(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(clone, "_data/api/new.md", "nothing like a lynx")
    write(clone, "_data/service/autre.md", "nor like a new API")
    (clone / "_data/api/lynx.md").unlink()
    pull, catalogue = read(clone)

    def kept(*typed: str) -> set[str]:
        return {change.path for change in only(pull, catalogue, typed).changes}

    everything = {"_data/api/new.md", "_data/service/autre.md", "_data/api/lynx.md"}
    assert kept() == kept(str(clone)) == everything
    assert kept("_data/api/new.md") == kept(str(clone / "_data/api/new.md")) == {"_data/api/new.md"}
    assert kept("_data/api", "_data/service/") == everything
    assert kept("_data/api/lynx.md") == {"_data/api/lynx.md"}, "a deleted file has a name too"
    assert kept("_data/api/hibou.md") == set()
    monkeypatch.chdir(clone / "_data/api")
    assert kept(".") == {"_data/api/new.md", "_data/api/lynx.md"}
    assert kept("../service") == {"_data/service/autre.md"}
    for name in ("nothing.md", "/etc/passwd", "../../..", "_data/ap"):
        with pytest.raises(Unusable, match="catalogue"):
            kept(name)
