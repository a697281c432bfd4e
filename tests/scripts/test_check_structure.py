"""The workspace is as PROJECT_STRUCTURE.md says, and whatever is not so is named."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.scripts.running import run

DESCRIPTION = """# Project structure
| path | purpose |
|---|---|
| `PROJECT_STRUCTURE.md` | this page |
| `agent/` | runs |
| `agent/nodes/` | steps |
| `docs/` | pages |
| `docs/a.md` | the first |
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small workspace that is as described."""
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "PROJECT_STRUCTURE.md").write_text(DESCRIPTION)
    for name in ("agent/nodes/act.py", "agent/run.py", "docs/a.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


async def test_this_workspace_is_as_described() -> None:
    assert await run("check_structure.py") == (0, "")


async def test_a_workspace_as_described_passes(root: Path) -> None:
    assert await run("check_structure.py", "--root", str(root)) == (0, "")


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("notes.txt", "unexpected: notes.txt is not described"),
        ("api/app.py", "unexpected: api/ is not described"),
        ("agent/models/claude.py", "unexpected: agent/models/ is not described"),
        ("docs/b.md", "unexpected: docs/b.md is not described"),
    ],
)
async def test_what_is_not_described_is_named(root: Path, added: str, said: str) -> None:
    (root / added).parent.mkdir(parents=True, exist_ok=True)
    (root / added).touch()
    code, output = await run("check_structure.py", "--root", str(root))
    assert code == 1 and output.startswith(said) and output.count("\n") == 1


async def test_what_is_missing_is_named(root: Path) -> None:
    (root / "docs/a.md").unlink()
    code, output = await run("check_structure.py", "--root", str(root))
    assert code == 1
    assert "missing: docs/a.md is described and not there" in output
    assert "missing: docs/ is described and not there" in output


async def test_every_row_has_a_purpose(root: Path) -> None:
    (root / "PROJECT_STRUCTURE.md").write_text(DESCRIPTION.replace("| the first |", "| |"))
    code, output = await run("check_structure.py", "--root", str(root))
    assert (code, output) == (1, "undescribed: docs/a.md has no purpose\n")


async def test_what_cannot_be_compared_is_not_passed(root: Path, tmp_path: Path) -> None:
    twice = DESCRIPTION + "| `docs/` | pages again |\n"
    (root / "PROJECT_STRUCTURE.md").write_text(twice)
    code, output = await run("check_structure.py", "--root", str(root))
    assert code == 2 and "docs/ has two rows" in output
    (root / "PROJECT_STRUCTURE.md").unlink()
    assert (await run("check_structure.py", "--root", str(root)))[0] == 2
