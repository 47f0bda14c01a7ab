"""Who may import whom, and the other conventions of the project: each is a test, or it is a wish."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
PACKAGES = ("rules", "bot", "webhooks")
MOST_LINES = 250


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


SOURCES = {module_of(file): file for package in PACKAGES for file in sorted((PROJECT / package).rglob("*.py"))}
TREES = {module: ast.parse(file.read_text("utf-8")) for module, file in SOURCES.items()}


def imports(module: str) -> Iterator[str]:
    """Yield what a module imports anywhere in its text, dotted names in full."""
    package = module if SOURCES[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = resolve_name("." * node.level + (node.module or ""), package)
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


def within(module: str, parts: str) -> bool:
    """Whether a module is one of `parts`, or inside one."""
    return any(module == part or module.startswith(f"{part}.") for part in parts.split())


WORDS = "bot.render bot.comments bot.phrases bot.quoting bot.wording bot.formats"
DECIDING = f"bot.plan bot.reconcile bot.state bot.markers bot.unjudged {WORDS}"
WORLD = "socket ssl http urllib.request urllib3 requests httpx aiohttp ftplib smtplib"

# (these modules, save those, may never import these, because)
TABLE = [
    (
        "rules",
        "",
        f"bot webhooks github flask os subprocess time random {WORLD}",
        "the policy depends on its input only",
    ),
    (
        DECIDING,
        "",
        "bot.forge bot.jobs bot.evidence bot.git bot.clone bot.environment bot.settings os time",
        "deciding is pure",
    ),
    (DECIDING, "", f"subprocess random datetime {WORLD}", "deciding is pure"),
    ("bot webhooks", "bot.forge", "github", "one door to GitHub"),
    ("bot webhooks", "bot.jobs bot.engine", "dbos", "one door to the queue"),
    ("rules bot webhooks", "bot.traces", "opentelemetry", "the service runs without an optional library"),
    ("rules bot webhooks", "bot.logs", "bot.traces", "the service runs without an optional library"),
    ("bot webhooks", "bot.git bot.supervisor bot.playground", "subprocess", "one door to other programs"),
    (
        "bot webhooks",
        "bot.forge bot.probe bot.outcomes bot.inner bot.playground bot.commands.worker",
        WORLD,
        "one door to the network",
    ),
    ("webhooks", "", "bot.forge bot.review bot.worker", "the public-facing process holds no GitHub key"),
    ("rules bot", "bot.cli bot.commands", "webhooks", "only the composition root sees everything"),
    ("rules bot", "bot.cli bot.commands", "bot.commands", "a command is no library"),
    ("rules bot", "bot.playground bot.commands", "bot.playground flask", "the service runs without its stand-in"),
    (
        "bot.git bot.clone bot.cli",
        "",
        "bot.forge bot.jobs bot.review bot.worker",
        "a clone is judged without the service",
    ),
]


@pytest.mark.parametrize(("who", "save", "what", "because"), TABLE)
def test_who_may_import_whom(who: str, save: str, what: str, because: str) -> None:
    wrong = [
        f"{module} imports {name}: {because}"
        for module in SOURCES
        if within(module, who) and not within(module, save)
        for name in imports(module)
        if within(name, what)
    ]
    assert wrong == []


@pytest.mark.parametrize("line", TABLE)
def test_the_table_speaks_of_modules_that_exist(line: tuple[str, str, str, str]) -> None:
    who, _, _, _ = line
    assert [part for part in who.split() if part not in SOURCES] == []


def test_only_one_module_reads_the_environment() -> None:
    readers = {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "environb", "getenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert readers == {"bot.environment"}
    assert not [module for module in SOURCES if {"os.environ", "os.getenv"} & set(imports(module))]


def test_nothing_happens_at_import() -> None:
    """A module defines, and calls nothing for its effect. `__main__` is there to be run."""
    allowed = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.AugAssign)
    for module, tree in TREES.items():
        body = [node for node in tree.body if not isinstance(node, allowed) and not module.endswith("__main__")]
        for node in body:
            text = ast.unparse(node)
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            own = re.match(r"_\w+\.", text)  # completes a private class of the module
            assert docstring or own or text.startswith("if TYPE_CHECKING:"), f"{module}: {text}"


@pytest.mark.parametrize("file", [*SOURCES.values(), *sorted((PROJECT / "tests").rglob("*.py"))], ids=module_of)
def test_a_file_is_short_and_says_its_duty(file: Path) -> None:
    text = file.read_text("utf-8")
    assert text.count("\n") < MOST_LINES or "tests" in file.parts, f"split {file.name}"
    assert ast.get_docstring(ast.parse(text)), f"{file.name} does not say its duty"


def test_no_name_shadows_a_library() -> None:
    assert not {module for module in SOURCES if re.fullmatch(r"\w+\.(github|queue|json|yaml|click)", module)}


def test_every_package_is_in_the_wheel() -> None:
    told = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    assert set(told) == {module for module, file in SOURCES.items() if file.name == "__init__.py"}


def test_the_locks_hold_every_dependency_and_no_address() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    wanted = {
        "requirements.lock": [*project["project"]["dependencies"], *groups["build"]],
        "requirements-test.lock": [*project["project"]["dependencies"], *groups["build"], *groups["test"]],
    }
    for name, dependencies in wanted.items():
        lock = (PROJECT / name).read_text("utf-8")
        locked = {
            found.replace("_", "-") for found in re.findall(r"^([\w.-]+)(?:\[\S+\])?==\S+", lock.lower(), re.MULTILINE)
        }
        assert {re.split(r"[<>=!~ \[]", one)[0].lower().replace("_", "-") for one in dependencies} <= locked
        assert len(re.findall(r"^\S+==", lock, re.MULTILINE)) <= lock.count("--hash=sha256:")
        assert "://" not in lock
        assert "--index" not in lock
