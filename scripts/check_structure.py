#!/usr/bin/env python3
"""Compares the workspace with PROJECT_STRUCTURE.md and says what is unexpected or missing.

Every entry of the top level must have a row. Where a row names a folder within a folder, all
folders beside it need one; where a row names a file within a folder, all files beside it do.
Exit code 0: as described, 1: it has drifted, 2: it could not be compared.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

DESCRIPTION = "PROJECT_STRUCTURE.md"
_ROW = re.compile(r"^\| `([^`]+)` \|(.*)\|\s*$", re.MULTILINE)


def described(text: str) -> dict[str, str]:
    """Purpose by path; a folder's path ends with a slash. Raises ValueError for a second row."""
    rows: dict[str, str] = {}
    for path, purpose in _ROW.findall(text):
        if path in rows:
            raise ValueError(f"{path} has two rows")
        rows[path] = purpose.strip()
    return rows


def entries(files: list[str]) -> set[str]:
    """Every file, and every folder that holds one."""
    found = set(files)
    for file in files:
        found |= {f"{parent.as_posix()}/" for parent in Path(file).parents if parent.name}
    return found


def drift(rows: dict[str, str], there: set[str]) -> list[str]:
    """A line for everything that is not as described."""
    lines = [f"missing: {path} is described and not there" for path in rows.keys() - there]
    lines += [f"undescribed: {path} has no purpose" for path, why in rows.items() if not why]
    listed = {(_parent(path), path.endswith("/")) for path in rows}
    listed |= {("", True), ("", False)}
    lines += [
        f"unexpected: {path} is not described; give it a row in {DESCRIPTION}"
        for path in there - rows.keys()
        if (_parent(path), path.endswith("/")) in listed
    ]
    return sorted(lines)


def _parent(path: str) -> str:
    return path.rstrip("/").rpartition("/")[0]


def workspace(root: Path) -> list[str]:
    """Every file that git has or would take. Raises OSError or CalledProcessError."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (root / name).exists()]


def main() -> int:
    """Compare and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).parent.parent, help="the workspace"
    )
    root = parser.parse_args().root
    try:
        rows = described((root / DESCRIPTION).read_text(encoding="utf-8"))
        there = entries(workspace(root))
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"cannot compare {root} with {DESCRIPTION}: {error}\n")
        return 2
    lines = drift(rows, there)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
