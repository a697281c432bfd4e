"""What was made for a lead, for a person to review: the texts themselves."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from api.auth import OperatorDep
from api.markdown import render
from memory.pool import get_conn
from tools.operator.queries import load_texts

router = APIRouter(prefix="/api/leads", tags=["tools"])

LeadId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


@router.get("/{lead_id}/artifacts")
async def list_artifacts(lead_id: LeadId, caller: OperatorDep) -> dict[str, Any]:
    """The newest texts that were made for a lead: its proposal, its positioning brief and the
    like, each as Markdown and as sanitised HTML. They are somebody's words, not facts."""
    async with get_conn(caller) as conn:
        made = await load_texts(conn, lead_id)
    return {"artifacts": [{**text, "html": render(text["content"])} for text in made]}
