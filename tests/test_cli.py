"""The command line, as a person types it: what it prints, in which language, and its exit code."""

import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from bot.cli import COMMANDS
from rules.loader import load_criteria, load_rules
from tests.conftest import SAMPLE, Ran

PROJECT = Path(__file__).parent.parent
Greffier = Callable[..., Ran]


def in_a_process(*words: str | Path, code: str = "from bot.cli import main; main()", **environment: str) -> Ran:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=environment.pop("cwd", None),
        env={**os.environ, "LC_ALL": "fr_FR.UTF-8", **environment},
        capture_output=True,
        encoding=environment.get("PYTHONIOENCODING", "utf-8"),
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_check_finds_the_fault_of_the_sample(greffier: Greffier, demo: Path) -> None:
    ran = greffier("check", "--repo", demo)
    assert ran.code == 1
    assert ran.out.startswith("❌ 1 point à corriger avant la publication.\n")
    assert "_data/api/api-crues-canaux.md:3" in ran.out
    assert "  - tagline: Les crues en direct : alertes" in ran.out
    assert "  + tagline: 'Les crues en direct : alertes" in ran.out
    assert "Pourquoi : " in ran.out
    assert ran.err == ""


@pytest.mark.parametrize(
    ("pull", "code", "verdict"),
    [
        ("perfect-api", 0, "✅|🟠"),
        ("new-service", 0, "🟠"),
        ("closed-without-access", 1, "❌"),
        ("hostile", 1, "❌"),
        ("old-template", 1, "❌"),
        ("renamed-title", 1, "❌"),
        ("unknown-producer", 1, "❌"),
        ("unquoted-colon", 1, "❌"),
    ],
)
def test_exit_code_and_verdict(greffier: Greffier, demo: Path, pull: str, code: int, verdict: str) -> None:
    ran = greffier("check", "--repo", demo, "--head", pull)
    assert ran.code == code
    assert re.match(verdict, ran.out)


def test_every_sample_pull_is_told_above() -> None:
    told = {parameters[0] for parameters in test_exit_code_and_verdict.pytestmark[0].args[1]}
    assert told == {pull.name for pull in (SAMPLE.parent / "pulls").iterdir()}


def test_the_whole_sample_catalogue_is_in_order(greffier: Greffier, demo: Path) -> None:
    ran = greffier("check", "--repo", demo, "--head", "main", "--all")
    assert (ran.code, ran.out.split("\n")[0]) == (0, "✅ Tout est en ordre.")
    assert ran.out.count("\n_data/") == len(list((SAMPLE / "_data").rglob("*.md")))


def test_only_the_paths_asked(greffier: Greffier, demo: Path) -> None:
    ran = greffier("check", "--repo", demo, "--all", "_data/service/partir-en-peniche.md", "--head", "main")
    assert "partir-en-peniche" in ran.out
    assert "balades-au-fil" not in ran.out
    ran = greffier("check", "--repo", demo, "_data/service")
    assert (ran.code, ran.out.split(":")[0]) == (0, "Aucune fiche ne change ")


def test_without_git(greffier: Greffier, tmp_path: Path) -> None:
    folder = shutil.copytree(SAMPLE, tmp_path / "catalogue")
    api = folder / "_data/api/api-heures-publiques.md"
    api.write_text(api.read_text("utf-8").replace("is_open: 1", "is_open: oui"), "utf-8")
    ran = greffier("check", "--repo", folder)
    assert ran.code == 1
    assert "api-heures-publiques.md" in ran.out
    assert greffier("check", "--repo", folder, folder / "_data/service").code == 0


@pytest.mark.parametrize(
    ("words", "french", "english"),
    [
        (["--base", "nothing"], "« nothing » est introuvable", "“nothing” can't be found"),
        (["nothing.md"], "n'est pas dans le catalogue", "is not in the catalogue"),
        (["--repo", "/nowhere"], "n'existe pas", "no folder"),
        (["--repo", "/"], "pas de catalogue ici", "no catalogue here"),
        (["--all", "--base", "nothing"], "« nothing » est introuvable", "“nothing” can't be found"),
        (["--formt", "x"], "Vouliez-vous dire --format ?", "Did you mean '--format'?"),
        (["--format", "x"], "accepte : text, json, markdown, sarif, github", "is not one of"),
        (["--base"], "", "requires an argument"),
    ],
)
def test_wrong_uses(greffier: Greffier, demo: Path, words: list[str], french: str, english: str) -> None:
    for lang, sentence in (("fr", french), ("en", english)):
        ran = (
            greffier("check", "--repo", demo, *words, "--lang", lang)
            if words != ["--base"]
            else greffier("check", "--lang", lang, *words)
        )
        assert ran.code == 2
        assert sentence in ran.err
        assert "Traceback" not in ran.err
        assert ran.out == ""


def test_a_fault_of_ours_is_told_as_ours(tmp_path: Path, demo: Path) -> None:
    for package in ("bot", "rules"):
        shutil.copytree(PROJECT / package, tmp_path / package)
    (tmp_path / "rules/admission/broken.md").write_text("---\ncriterion: A1\n---\n", "utf-8")
    ran = in_a_process("check", "--repo", demo, cwd=str(tmp_path))
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("greffier est en panne")
    assert "broken.md" in ran.err
    assert ran.err.count("\n") == 1
    assert "Traceback" in in_a_process("check", "--repo", demo, "--debug", cwd=str(tmp_path)).err


@pytest.mark.parametrize("locale", ["", "C.UTF-8", "fr_FR.UTF-8", "de_DE", "en_GB.UTF-8", "en"])
def test_the_language_is_that_of_the_locale(greffier: Greffier, monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    for name in ("LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert ("Show this help." in greffier("--help").out) is locale.startswith("en")
    assert "Montrer cette aide." in greffier("--help", "--lang", "fr").out
    assert "Show this help." in greffier("--lang=en", "check", "--help").out


def test_help_teaches(greffier: Greffier) -> None:
    french, english = greffier("--help"), greffier("--lang", "en", "--help")
    for command in COMMANDS:
        assert f"  {command} " in french.out
        assert f"  {command} " in english.out
        for lang, examples in (("fr", "Exemple"), ("en", "Example")):
            told = greffier(command, "--help", "--lang", lang)
            assert told.code == 0
            assert f"greffier {command}" in told.out
            assert examples in told.out or command not in ("check", "rules", "sample")
    assert "Commandes:" in french.out
    assert "« chek » n'existe pas. Vouliez-vous dire check ?" in greffier("chek").err
    assert "Did you mean 'check'?" in greffier("--lang", "en", "chek").err
    assert greffier().err == french.out
    assert greffier("--version").out == "greffier 0.1.0\n"


def test_rules(greffier: Greffier) -> None:
    listed, page = greffier("rules").out, greffier("rules", "--format", "markdown").out
    for criterion in load_criteria().values():
        assert f"{criterion.id} · {criterion.title.fr}" in listed
    for rule in load_rules():
        assert rule.id in listed
        assert page.count(f"(`{rule.id}`)") == 1
    told = greffier("rules", "producer-has-sheet", "--lang", "en").out
    assert "The producer has its sheet" in told
    assert re.search(r"producer: Office .*<- here\n", told)
    ran = greffier("rules", "producer-has-shet")
    assert (ran.code, ran.err) == (
        2,
        "Il n'y a pas de règle « producer-has-shet ». Vouliez-vous dire producer-has-sheet ?\n",
    )


def test_the_readme_has_the_table_of_rules(greffier: Greffier) -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")
    table = greffier("rules", "--format", "markdown", "--lang", "en").out
    assert f"<!-- rules -->\n\n{table}\n<!-- /rules -->" in readme, "paste: greffier rules --format markdown --lang en"


def test_sample_says_what_to_type_next(greffier: Greffier, tmp_path: Path) -> None:
    ran = greffier("sample", tmp_path / "demo")
    assert (ran.code, ran.out.split("\n")[-2]) == (0, f"  greffier check --repo {tmp_path / 'demo'}")
    again = greffier("sample", tmp_path / "demo")
    assert again.code == 2
    assert "n'est pas vide" in again.err


def test_colours_are_for_terminals(demo: Path) -> None:
    def on_a_terminal(**environment: str) -> str:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", "from bot.cli import main; main()", "check", "--repo", demo],
            env={**os.environ, "LC_ALL": "fr_FR.UTF-8", **environment},
            stdout=theirs,
        )
        os.close(theirs)
        text = b""
        while chunk := _read(ours):
            text += chunk
        process.wait()
        return text.decode().replace("\r\n", "\n")

    plain = in_a_process("check", "--repo", demo).out
    coloured = on_a_terminal(NO_COLOR="")
    assert "\x1b[" not in plain
    assert "\x1b[31m" in coloured
    assert click.unstyle(coloured) == on_a_terminal(NO_COLOR="1") == plain


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side closed it
        os.close(terminal)
        return b""


def test_a_terminal_that_cannot_show_it(demo: Path) -> None:
    ran = in_a_process("check", "--repo", demo, PYTHONIOENCODING="latin-1")
    assert ran.code == 1
    assert ran.out.startswith("\\u274c 1 point à")


@pytest.mark.parametrize("words", [["check", "--head", "renamed-title"], ["check"], ["--help"]])
def test_a_pipe_that_nobody_reads(demo: Path, words: list[str]) -> None:
    theirs, ours = os.pipe()
    os.close(theirs)
    command = [sys.executable, "-c", "from bot.cli import main; main()", *words]
    done = subprocess.run(
        command, cwd=demo, env={**os.environ, "PYTHONPATH": str(PROJECT)}, stdout=ours, stderr=subprocess.PIPE
    )
    os.close(ours)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_what_programs_read_is_the_same_in_every_encoding(demo: Path, form: str) -> None:
    latin = in_a_process("check", "--repo", demo, "--format", form, PYTHONIOENCODING="latin-1")
    assert latin.out.isascii()
    assert latin.out == in_a_process("check", "--repo", demo, "--format", form).out


def test_check_imports_nothing_of_the_service(demo: Path) -> None:
    code = (
        "import sys\nfrom bot.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: print(sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    for words in (["check", "--repo", demo], ["--version"], ["rules"]):
        ran = in_a_process(*words, code=code)
        assert not set(eval(ran.err)) & {"dbos", "github", "flask", "asyncio", "sqlalchemy", "requests", "webhooks"}  # noqa: S307
