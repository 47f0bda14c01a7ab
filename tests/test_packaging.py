"""The wheel: all that greffier reads at run time is in it, and it works far from the project."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parent.parent
PACKAGES = ("rules", "bot", "webhooks")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in PACKAGES:
        shutil.copytree(PROJECT / name, folder / "project" / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, folder / "project")
    built = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*built, "--wheel-dir", str(folder), str(folder / "project")], check=True)
    (path,) = folder.glob("greffier-*.whl")
    return path


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    files = {
        file.relative_to(PROJECT).as_posix()
        for name in PACKAGES
        for file in (PROJECT / name).rglob("*")
        if file.is_file() and not {"__pycache__", "pictures"} & set(file.parts)  # the README's pictures stay here
    }
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert files - held == set(), "[tool.setuptools.package-data] of pyproject.toml"
    assert held - files == set()


def test_the_wheel_works_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    code = f"import bot; assert bot.__file__.startswith({str(site)!r}); from bot.cli import main; main()"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(site), "LC_ALL": "fr_FR.UTF-8"}
        command = [sys.executable, "-c", code, *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    sample = run("sample", "demo")
    assert (sample.returncode, sample.stderr) == (0, "")
    check = run("check", "--repo", "demo")
    assert (check.returncode, check.stderr) == (1, "")
    assert check.stdout.startswith("❌ 1 point à corriger")
    assert run("rules").returncode == 0


def test_all_that_is_imported_is_in_the_lock() -> None:
    """Save what only one module needs, which runs where its extra was installed."""
    locked = {requirement.name for requirement in _locked("requirements.lock")}
    known = packages_distributions()
    for file in (file for name in PACKAGES for file in (PROJECT / name).rglob("*.py")):
        if file.relative_to(PROJECT).as_posix() == "bot/traces.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for top in {name.partition(".")[0] for name in names} - {*sys.stdlib_module_names, *PACKAGES, "_typeshed"}:
                held = {re.sub(r"[-_.]+", "-", distribution).lower() for distribution in known.get(top, ())}
                assert held & locked, f"{file}: {top} is not in requirements.lock"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_each_extra_is_in_the_lock(lock: str) -> None:
    """Where a library asks for `name[extra]` and the lock has `name` alone, pip looks for the newest release of
    `name[extra]`, and refuses it for want of a hash: the lock breaks on the day of a release."""
    locked = {requirement.name: requirement for requirement in _locked(lock)}
    here = [one for one in locked.values() if one.marker is None or one.marker.evaluate()]
    for asking in here:
        for needed in map(Requirement, requires(asking.name) or ()):
            wanted = needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in asking.extras or {""}
            )
            if wanted and needed.extras:
                assert needed.extras <= locked[canonicalize_name(needed.name)].extras, f"{asking.name} needs {needed}"


def _locked(lock: str) -> list[Requirement]:
    """Return the requirements of a lock file, without their hashes."""
    lines = re.findall(r"^([\w.-]+(?:\[[\w,-]+\])?==.*?) \\$", (PROJECT / lock).read_text(), re.M)
    return [Requirement(line) for line in lines]


FLAW = {"id": "PYSEC-1", "fix_versions": ["1.1"], "description": "x", "aliases": []}
SOUND = {"name": "sound", "version": "1.0", "vulns": []}
FLAWED = {"name": "flawed", "version": "1.0", "vulns": [FLAW]}
UNKNOWN = {"name": "unknown", "skip_reason": "Dependency not found on PyPI and could not be audited: unknown (1.0)"}


@pytest.mark.parametrize(
    ("found", "code", "told"),
    [
        ([SOUND], 0, "audited for known flaws: 1 of 1 packages, 0 flaws\n"),
        ([SOUND, UNKNOWN], 0, "audited for known flaws: 1 of 2 packages, 0 flaws\nskipped: not audited: unknown\n"),
        ([UNKNOWN], 0, "skipped: NOTHING WAS AUDITED, none of 1 packages is known where pip-audit asks\n"),
        ([SOUND, FLAWED], 1, "2 of 2 packages, 1 flaws\nflawed 1.0: PYSEC-1, mended in 1.1\n"),
    ],
)
def test_an_audit_that_audited_nothing_says_so(tmp_path: Path, found: object, code: int, told: str) -> None:
    answer = tmp_path / "told"
    answer.write_text(json.dumps({"dependencies": found, "fixes": []}))
    script = [sys.executable, str(PROJECT / ".ci/audit.py"), str(answer)]
    ran = subprocess.run(script, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (code, "")
    assert ran.stdout.endswith(told)
