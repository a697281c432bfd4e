"""A person's own account: everything that is kept about them, and its erasure."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api.auth import AuthenticatedDep, CallerDep, check_own_password, drop_cookie
from memory import account
from memory.passwords import LONGEST

router = APIRouter(prefix="/me", tags=["auth"])

IN_MEMORY_BYTES = 1024 * 1024
CHUNK_BYTES = 64 * 1024


class Erasure(BaseModel):
    """The password again, so that a borrowed session cannot erase its owner."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    password: Annotated[str, Field(min_length=1, max_length=LONGEST)]


@router.get("/export", response_class=StreamingResponse)
async def export(caller: CallerDep) -> StreamingResponse:
    """Everything kept about the caller, as one JSON object: table by table, row by row."""
    # Written down first: a slow reader must not hold a transaction open.
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
    await account.export(caller, file)
    file.seek(0)
    return StreamingResponse(
        _chunks(file),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="mosaic-export.json"'},
    )


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


@router.delete("", status_code=204)
async def erase(
    sent: Erasure, authenticated: AuthenticatedDep, request: Request, response: Response
) -> None:
    """Delete the account and everything in it, for good. Asks for the password; 403 when it is
    wrong, 409 for an operator."""
    await check_own_password(request, authenticated, sent.password)
    await account.erase(authenticated.caller)
    drop_cookie(request, response)
