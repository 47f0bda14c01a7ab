"""Each answer to a threat, in README.md, names tests that exist."""

import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def test_every_answer_is_shown_by_a_test() -> None:
    section = (PROJECT / "README.md").read_text("utf-8").partition("what answers\n")[2].partition("\n## ")[0]
    threats = [line for line in section.splitlines() if line.startswith("| ")][2:]
    assert len(threats) > 8
    named = {name for line in threats for name in re.findall(r"`(test_\w+)`", line)}
    assert not [line for line in threats if "`test_" not in line]
    source = "\n".join(path.read_text("utf-8") for path in (PROJECT / "tests").rglob("test_*.py"))
    assert not {name for name in named if f"def {name}(" not in source}
