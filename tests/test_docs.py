"""What the documentation says exists, exists; every setting and command is documented."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from api.cli import app
from memory.doctor.runs import DEFECTS
from settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_readme() -> None:
    names: set[str] = set()
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        names |= set(getattr(alias, "choices", None) or [alias])
    undocumented = {str(name) for name in names if f"`{name}`" not in README}
    assert len(names) > 10 and not undocumented


def test_every_command_is_in_the_readme() -> None:
    commands = getattr(get_command(app), "commands", {})
    assert len(commands) > 5
    assert not {name for name in commands if f"`{name}`" not in README}


def test_where_to_change_names_files_that_are_there() -> None:
    text = (ROOT / "docs/where-to-change.md").read_text(encoding="utf-8")
    paths = [path for path in re.findall(r"`([\w./]+/[\w./]*)`", text) if "…" not in path]
    assert len(paths) > 15
    assert not [path for path in paths if not (ROOT / path).exists()]


def test_every_finding_of_the_doctor_is_in_the_runbook() -> None:
    runbook = (ROOT / "docs/RUNBOOK.md").read_text(encoding="utf-8")
    source = "".join(path.read_text("utf-8") for path in (ROOT / "memory/doctor").glob("*.py"))
    found = {defect.check for defect in DEFECTS}
    found |= set(re.findall(r'(?:Finding\(|Finding\(\n\s+)"([a-z_]+)"', source))
    found |= {f"migration_{state}" for state in ("pending", "edited", "unknown")}
    assert len(found) > 15
    assert not {name for name in found if f"`{name}`" not in runbook}
