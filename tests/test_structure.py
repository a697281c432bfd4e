"""The shape of the code: dependencies point one way, modules are read in one sitting."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ["memory", "tools", "agent", "api"]
OUTSIDE = ["evals", "tests"]
STARTS_EVALS = {"cli.py", "cli_golden.py"}
"""The commands that start the evals; nothing else of api may."""
LONGEST_MODULE = 400
LONGEST_FUNCTION = 70


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_dependencies_point_one_way(layer: str) -> None:
    forbidden = {*LAYERS[LAYERS.index(layer) + 1 :], *OUTSIDE}
    if layer == "api":
        forbidden.discard("evals")
    for path in modules(layer):
        allowed = {"evals"} if path.name in STARTS_EVALS else set()
        wrong = (imports(path) & forbidden) - allowed
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"
        if path.name not in STARTS_EVALS:
            assert "evals" not in imports(path), f"{path.relative_to(ROOT)} imports evals"


def test_modules_and_functions_are_short() -> None:
    for path in modules(*LAYERS, "evals"):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= LONGEST_MODULE, f"{path.relative_to(ROOT)} is two things"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno
                assert length <= LONGEST_FUNCTION, f"{path.relative_to(ROOT)}: {node.name}"


def test_postgres_is_reached_only_through_get_conn() -> None:
    """No bare assignment of a connection, no `?` placeholders, no other dialect."""
    for path in modules(*LAYERS):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"=\s*(await\s+)?get_(system_)?conn\(", text), path
        # As the service itself, with no caller: for what the tables' own modules need.
        assert "get_system_conn" not in text or path.is_relative_to(ROOT / "memory"), path
        assert "AUTOINCREMENT" not in text and "sqlite" not in text.lower(), path
        assert not re.search(r"execute\(\s*f?\"[^\"]*=\s*\?", text), path


def test_every_migration_has_a_rollback_and_a_purpose() -> None:
    files = sorted((ROOT / "migrations").glob("*.sql"))
    ups = [path for path in files if not path.stem.endswith("_rollback")]
    assert ups
    for path in ups:
        assert re.match(r"^\d{8}_[a-z_]+$", path.stem), path.name
        assert path.with_name(f"{path.stem}_rollback.sql").exists(), path.name
        assert path.read_text(encoding="utf-8").startswith("-- Purpose: "), path.name


def test_a_command_does_not_import_what_serves() -> None:
    """It would take three times as long to start."""
    look = "import sys, api.cli; print(*sorted({'langgraph', 'fastapi', 'anthropic'} & {*sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
