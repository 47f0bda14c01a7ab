"""The image, without an engine: its own build lines in a fresh environment, then its own commands where, as in the
container, nothing can be written but /data."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from bot.playground.faults import Fault, Kind
from bot.playground.webhook import Hook
from bot.settings import load
from rules.model import Rule
from tests.service import QUICK, free_port, wait
from tests.standin import World, files_of, world

PROJECT = Path(__file__).parent.parent
USER = 10001
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105
STAGE = tuple[tuple[str, str], ...]


def stages() -> tuple[STAGE, STAGE]:
    """Return the instructions of the Dockerfile: those of the stage that builds, and those of the image."""
    text = re.sub(r"^\s*#.*\n", "", (PROJECT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    told = [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines) if word]
    first, second = (number for number, (word, _) in enumerate(told) if word == "FROM")
    return tuple(told[first:second]), tuple(told[second:])


BUILD, IMAGE = stages()


def one(word: str) -> str:
    (rest,) = [rest for name, rest in IMAGE if name == word]
    return rest


def variables(stage: STAGE) -> dict[str, str]:
    return dict(part.split("=", 1) for word, rest in stage if word == "ENV" for part in shlex.split(rest))


def below(root: Path, line: str) -> str:
    """Return a line of the Dockerfile with its folders below `root`."""
    return re.sub(r"/(?=(opt|tmp|data)\b)", f"{root}/", line)


def context(folder: Path) -> None:
    """Copy what the build sees: what .dockerignore lets through."""
    wanted = [line[1:] for line in (PROJECT / ".dockerignore").read_text().split() if line.startswith("!")]
    folder.mkdir(parents=True)
    for name in wanted:
        source, ignored = PROJECT / name, shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A folder that stands for the root of the image, built by the lines of the Dockerfile; others may read it."""
    base = Path(sys.base_prefix, "bin/python3")
    others = os.geteuid() or all(parent.stat().st_mode & 1 for parent in base.resolve().parents)
    python = str(base) if others else "/usr/bin/python3"
    with tempfile.TemporaryDirectory(prefix="image-") as made:
        top = Path(made)
        top.chmod(0o755)
        for name in ("opt", "tmp", "data", "catalogue"):
            (top / name).mkdir()
        context(top / "tmp/greffier")
        shutil.copy(PROJECT / "requirements.lock", top / "tmp")
        environment = os.environ | {"PATH": f"{top}/opt/greffier/bin:{os.environ['PATH']}"}
        for line in (rest for word, rest in BUILD if word == "RUN"):
            here = below(top, line)
            done = subprocess.run(
                ["sh", "-ec", here.replace("python -m venv", f"{python} -m venv")],
                env=environment,
                capture_output=True,
                text=True,
            )
            if done.returncode and re.search("No matching distribution|ConnectionError|Temporary failure", done.stderr):
                pytest.skip(f"no registry has the locked packages: {done.stderr[-300:]}")
            assert done.returncode == 0, done.stderr
        shutil.rmtree(top / "tmp")
        os.chown(top / "data", USER, USER) if not os.geteuid() else None
        yield top


class Container:
    """Runs commands as the container would: its variables, its user, all read-only but `/data`."""

    def __init__(self, root: Path, **given: str) -> None:
        self.root = root
        told = variables(IMAGE) | {f"GREFFIER_{name}": value for name, value in {"PROBE": "off", **given}.items()}
        here = {name: below(root, value) for name, value in told.items()}
        self.environment = here | {"PATH": f"{root}/opt/greffier/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command; root makes the machine read-only for it, in a namespace of its own."""
        if os.geteuid() == 0 and shutil.which("unshare") and shutil.which("setpriv"):
            data = shlex.quote(str(self.root / "data"))
            seal = f"mount --bind {data} {data} && mount -o remount,bind,ro /"
            become = f"exec setpriv --reuid={USER} --regid={USER} --clear-groups {shlex.join(words)}"
            words = ("unshare", "--mount", "sh", "-c", f"{seal} && {become}")
        return subprocess.Popen(
            words,
            env=self.environment,
            cwd=self.root / "catalogue",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *words: str) -> tuple[int, str]:
        process = self.start(*words)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said.decode()


def files(folder: Path) -> dict[str, float]:
    return {str(path): path.stat().st_mtime for path in folder.rglob("*")}


def test_the_image_holds_no_tool_to_build_or_install(root: Path) -> None:
    installed = {path.name.split("-")[0].lower() for path in root.glob("opt/greffier/lib/*/site-packages/*.dist-info")}
    assert installed >= {"greffier", "dbos", "flask", "waitress"}
    assert not installed & {"pip", "setuptools", "pytest"}
    packages = " ".join(rest for word, rest in IMAGE if word == "RUN")
    assert not re.search(r"\b(gcc|g\+\+|make|build-essential|python3-dev|pip install)\b", packages)
    assert not [
        line for line in BUILD if "pip install" in line[1] and not re.search("require-hashes|no-index", line[1])
    ]


def test_what_runs_is_told_to_the_engine() -> None:
    assert one("USER") == str(USER)
    assert one("STOPSIGNAL") == "SIGTERM"
    assert one("VOLUME") == "/data"
    assert one("ENTRYPOINT") == '["greffier"]'
    assert one("CMD") == '["serve"]'
    assert variables(IMAGE)["PYTHONDONTWRITEBYTECODE"] == "1"


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run([hadolint, PROJECT / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_without_settings_it_says_what_is_missing(root: Path) -> None:
    code, said = Container(root).run("greffier", "serve")
    assert code == 2
    assert "GREFFIER_WEBHOOK_SECRET" in said
    assert "Traceback" not in said


def test_a_clone_is_judged_where_nothing_can_be_written(root: Path, demo: Path) -> None:
    clone = root / "catalogue/demo"
    shutil.copytree(demo, clone)
    # What the image tells git of the whole system: the clone belongs to someone else.
    (told,) = re.findall(r"git config --system --add (\S+) '(.*?)'", " ".join(rest for _, rest in IMAGE))
    container = Container(root)
    container.environment["HOME"] = str(root / "catalogue")
    subprocess.run(["git", "config", "--file", root / "catalogue/.gitconfig", *told], check=True)
    code, said = container.run("greffier", "check", "--repo", str(clone))
    assert (code, "à corriger" in said) == (1, True), said
    shutil.rmtree(clone)


@pytest.fixture
def github(rules: tuple[Rule, ...]) -> Iterator[World]:
    with world(rules, files_of("catalogue")) as made:
        yield made


def test_four_settings_are_enough(root: Path, github: World) -> None:
    """Start, health, a delivery, its review, and a stop within 10 s, in the middle of another review."""
    port, before = free_port(), files(root / "opt")
    given = {"APP_ID": github.settings.app_id, "PRIVATE_KEY": github.settings.private_key, "WEBHOOK_SECRET": SECRET}
    # The data folder is the fourth; what follows is for the stand-in only.
    container = Container(root, **given, GITHUB_URL=github.url, LISTEN=f"0.0.0.0:{port}", BETWEEN_WRITES="0", **QUICK)
    process = container.start(*json.loads(one("ENTRYPOINT")), *json.loads(one("CMD")))
    health = json.loads(one("HEALTHCHECK").partition("CMD")[2].replace("8080", str(port)))
    try:
        wait(lambda: container.run(*health)[0] == 0 or process.poll() is not None)
        hook = Hook(github.store, f"http://127.0.0.1:{port}/webhooks/github", SECRET)
        # Larger than what the server keeps in memory.
        text = "---\ntitle: Nouvelle\n---\n" + "x" * 700_000
        event = github.people.open_pull(
            "demo/catalogue", "marie", text, {"_data/api/nouvelle.md": "---\ntitle: A\n---\n"}
        )
        assert hook.deliver(event).status_code == 202
        pull = github.store.pull("demo/catalogue", event.payload["number"])
        wait(lambda: pull.comments)

        held = github.store.faults.inject(Fault(Kind.HANG_BEFORE, path="/pulls/.*/files", seconds=30))
        hook.deliver(github.people.push(pull, {"_data/api/nouvelle.md": "---\ntitle: B\n---\n"}))
        wait(held.reached.is_set)
        asked = time.monotonic()
        process.terminate()
        assert process.wait(15) == 0
        assert time.monotonic() - asked < 10
    finally:
        process.kill()
        said = process.communicate()[0].decode()
    assert "Read-only file system" not in said, said
    assert "Permission denied" not in said, said
    assert files(root / "opt") == before
    assert {path.name.partition(".")[0] for path in (root / "data").iterdir()} >= {"jobs", "journal", "blobs"}
    for secret in (SECRET, *github.settings.private_key.splitlines()[1:-1]):
        assert secret not in said


def test_compose_gives_each_part_what_it_needs_and_no_more() -> None:
    services = yaml.safe_load((PROJECT / "compose.yaml").read_text())["services"]
    assert (services["receiver"]["deploy"], services["worker"]["deploy"]) == ({"replicas": 2}, {"replicas": 3})
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "healthcheck" in service or service["image"] == "greffier", name
    for name, more in (("receiver", set()), ("worker", {"GREFFIER_PRIVATE_KEY", "GREFFIER_APP_ID"})):
        service = services[name]
        assert "user" not in service, "that of the image"
        held = set(service["environment"])
        assert held & {"GREFFIER_PRIVATE_KEY", "GREFFIER_APP_ID", "GREFFIER_TOKEN"} == more
        assert ("GREFFIER_WEBHOOK_SECRET" in held) == (name == "receiver")
        values = {key: re.sub(r"\$\{\w+:[-?]?([^}]*)\}", r"\1", value) for key, value in service["environment"].items()}
        known = {"APP_ID": "1", "PRIVATE_KEY": "-----BEGIN PRIVATE KEY-----", "WEBHOOK_SECRET": SECRET}
        replaced = {key: known.get(key.removeprefix("GREFFIER_"), value) for key, value in values.items()}
        load(replaced)
        source = (PROJECT / "bot/settings.py").read_text()
        assert not [key for key in held if key.removeprefix("GREFFIER_") not in source], "settings that exist"


def test_the_build_sees_only_what_it_needs(tmp_path: Path) -> None:
    context(tmp_path / "context")
    names = {path.name for path in (tmp_path / "context").iterdir()}
    assert not [name for name in names if any(fnmatch(name, hidden) for hidden in (".*", "tests", "*.env", "*.pem"))]
