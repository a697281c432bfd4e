"""Chat without a stream: the same run as over AG-UI, awaited, answered as one JSON object."""

from __future__ import annotations

import json
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.agui import check_text, start
from api.auth import CallerDep
from api.services import Service, ServiceDep
from api.stream import follow
from errors import Forbidden, MosaicError, Unavailable
from memory import refusals, threads
from memory.caller import Caller, Role
from memory.pool import get_conn

router = APIRouter(tags=["chat"])


class ChatMessage(BaseModel):
    """A message, in a thread or starting one."""

    message: str
    thread_id: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9._:-]{1,128}$")] = None


@router.post("/api/ops/chat")
async def ops_chat(sent: ChatMessage, caller: CallerDep, service: ServiceDep) -> dict[str, Any]:
    """Ask an ops question; the answer comes with its receipt."""
    return await _chat(sent, caller, service, "operator")


@router.post("/api/coach/chat")
async def coach_chat(sent: ChatMessage, caller: CallerDep, service: ServiceDep) -> dict[str, Any]:
    """Talk with the coach; the answer comes with its receipt."""
    return await _chat(sent, caller, service, "client")


async def _chat(sent: ChatMessage, caller: Caller, service: Service, role: Role) -> dict[str, Any]:
    if caller.role != role:
        await refusals.note(caller, "access.refused", f"chat/{role}")
        raise Forbidden(f"This chat is for {role}s; you are logged in as a {caller.role}.")
    accepted = await start(
        service,
        caller,
        thread_id=sent.thread_id or str(uuid4()),
        run_id=str(uuid4()),
        message_id=str(uuid4()),
        text=check_text(sent.message.strip()),
    )
    last = ""
    try:
        async for _, event in follow(caller, service.hub, accepted.run_id, after=0):
            last = event
    except Unavailable as error:
        error.detail = (
            f"The answer could not be waited for. The message is stored; its answer will stand in "
            f"thread {accepted.thread_id}."
        )
        raise
    ended = json.loads(last)
    if ended["type"] == "RUN_ERROR":
        raise RunFailed(ended["message"], code=ended.get("code", "internal"))
    async with get_conn(caller) as conn:
        rows = await threads.list_messages(
            conn, accepted.thread_id, before_turn=accepted.turn + 1, turns=1
        )
    said = [row for row in rows if row["role"] == "assistant"]
    return {
        "thread_id": accepted.thread_id,
        "run_id": accepted.run_id,
        "answer": "\n\n".join(row["content"] for row in said),
        "receipts": next((row["receipt"] for row in reversed(said) if row["receipt"]), None),
        "suggested_actions": [],
        "approvals": [],
        "usage": ended.get("usage", []),
    }


class RunFailed(MosaicError):
    """The run ended with an error event; its code and sentence are passed on."""

    status = 502
