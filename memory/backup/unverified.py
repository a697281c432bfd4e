"""The one failure of a backup: it cannot be shown to be right."""

from __future__ import annotations

from errors import MosaicError


class Unverified(MosaicError):
    """A backup that is damaged, incomplete or unlike its database. It counts as none."""

    code = "backup_unverified"
