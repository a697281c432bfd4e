"""Backups: made by pg_dump, proven by restoring them and comparing every row."""

from __future__ import annotations

from memory.backup.dump import Backup, back_up
from memory.backup.restore import Restored, restore
from memory.backup.unverified import Unverified

__all__ = ["Backup", "Restored", "Unverified", "back_up", "restore"]
