"""The full check stops at what is wrong. Its steps are tested where each belongs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.scripts.running import SCRIPTS, run

ROWS = "| `PROJECT_STRUCTURE.md` | this page |\n| `scripts/` | operations |\n"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The check in a small repository of its own, in which everything is committed."""
    (tmp_path / "PROJECT_STRUCTURE.md").write_text(ROWS)
    (tmp_path / "scripts").mkdir()
    for name in ("full_check.sh", "check_structure.py"):
        shutil.copy(SCRIPTS / name, tmp_path / "scripts" / name)
    git = [
        "git",
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@test.local",
        "-c",
        "commit.gpgsign=false",
    ]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "all"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    return tmp_path / "scripts" / "full_check.sh"


async def test_a_clean_tree_passes(script: Path) -> None:
    code, output = await run(script, "tree")
    assert (code, output) == (0, "== tree\n== all passed: tree\n")


async def test_what_is_uncommitted_stops_it(script: Path) -> None:
    (script.parent / "new.sh").touch()
    code, output = await run(script, "tree", "lint")
    assert code == 1 and "?? scripts/new.sh" in output
    assert output.endswith("== tree FAILED\n") and "== lint" not in output
    assert (await run(script, "--allow-dirty", "tree"))[0] == 0


async def test_a_drifted_tree_stops_it(script: Path) -> None:
    (script.parent.parent / "notes.txt").touch()
    code, output = await run(script, "--allow-dirty", "tree")
    assert code == 1 and "unexpected: notes.txt" in output


@pytest.mark.parametrize("name", ["full_check.sh", "verify_deploy.sh", "smoke_coach.sh"])
async def test_a_wrong_call_is_told_apart_from_a_failure(name: str) -> None:
    code, output = await run(name, "--no-such-option")
    assert code == 2 and "Usage" in output
    code, output = await run(name, "--help")
    assert code == 0 and "Usage" in output and "set -euo" not in output
