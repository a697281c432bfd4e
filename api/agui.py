"""The AG-UI surface: send a message, follow a run, stop it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated, Any

from ag_ui.core import (
    AgentCapabilities,
    RunAgentInput,
    RunFinishedCancelledOutcome,
    RunFinishedEvent,
    RunStartedEvent,
    TextPart,
    UserMessage,
)
from ag_ui.core.capabilities import (
    ExecutionCapabilities,
    HumanInTheLoopCapabilities,
    IdentityCapabilities,
    OutputCapabilities,
    StateCapabilities,
    ToolsCapabilities,
    TransportCapabilities,
)
from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import ValidationError
from sse_starlette import EventSourceResponse

from agent.calls import describe
from agent.context import MAX_STEPS
from agent.crisis import screen
from agent.tape import PROTOCOL_VERSION, encode
from api.auth import AuthenticatedDep, CallerDep
from api.resuming import resume
from api.services import Service, ServiceDep
from api.stream import begin, cursor, join, replay, respond, retell
from errors import Invalid, TooLarge, TooManyRequests, Unavailable
from memory import accepting, runs
from memory.accepting import WhenBusy
from memory.caller import Caller
from memory.pool import Connection, get_conn
from memory.sessions import Authenticated
from settings import VERSION

router = APIRouter(tags=["chat"])

MESSAGE_CHARACTERS = 8000
_ID = re.compile(r"^[A-Za-z0-9._:-]{1,128}$")


@dataclass(frozen=True)
class Seat:
    """The place of a reader among the open streams. What `ends` holds is undone when the response
    has ended."""

    reader: Authenticated
    ends: ExitStack


async def _seat(reader: AuthenticatedDep, service: ServiceDep) -> AsyncIterator[Seat]:
    with service.streams.open(reader.caller.user_id), ExitStack() as ends:
        yield Seat(reader, ends)


SeatDep = Annotated[Seat, Depends(_seat, scope="request")]


@router.post("/agui", response_class=EventSourceResponse)
async def send(
    request: Request,
    seat: SeatDep,
    service: ServiceDep,
    when_busy: Annotated[WhenBusy, Header()] = "enqueue",
) -> Response:
    """Send a message (a `RunAgentInput`) and follow the run that answers it.

    The `runId` makes it idempotent: the same one with the same message attaches to the run
    that is there, with another message it is refused (422). So does the id of the message.
    While runs of the thread are open, `When-Busy` says what becomes of it: `enqueue` (it waits
    behind them), `reject` (409, `thread_busy`) or `interrupt` (they are stopped, it follows).
    """
    reader, caller = seat.reader, seat.reader.caller
    sent = parse_input(await request.body())
    if sent.resume:
        frames = await _frames_from_start(service, caller, await resume(service, caller, sent))
        return respond(frames, service.streams.sessions, reader)
    message = new_message(sent)
    # Listened for from before it can be told: nothing of a new run is then missed.
    follower = seat.ends.enter_context(service.hub.follow(sent.run_id))
    accepted = await start(
        service,
        caller,
        thread_id=sent.thread_id,
        run_id=sent.run_id,
        message_id=message.id,
        text=text_of(message),
        when_busy=when_busy,
    )
    if accepted.new:
        event = first_event(accepted.thread_id, accepted.run_id)
        frames = begin(caller, service.hub, accepted.run_id, event, follower)
    else:
        frames = await _frames_from_start(service, caller, accepted.run_id)
    return respond(frames, service.streams.sessions, reader)


async def _frames_from_start(service: Service, caller: Caller, run_id: str) -> AsyncIterator[bytes]:
    async with get_conn(caller) as conn:
        run = await runs.get(conn, run_id)
    return frames_of(service, caller, run, after=0)


def frames_of(
    service: Service, caller: Caller, run: dict[str, Any], after: int | None
) -> AsyncIterator[bytes]:
    """The frames of a run, old or going on, for a reader who has seen those up to `after`."""
    if run["tape_length"] is not None:
        return retell(caller, run, service.agent.render, after or 0)
    if after is None:
        return join(caller, service.hub, run)
    return replay(caller, service.hub, run["id"], after)


async def start(
    service: Service,
    caller: Caller,
    *,
    thread_id: str,
    run_id: str,
    message_id: str,
    text: str,
    when_busy: WhenBusy = "enqueue",
) -> accepting.Accepted:
    """Accept a message: user message, run, first event and job in one transaction.

    Raises TooManyRequests or Unavailable, before anything is written, when there are too many.
    """
    await service.door.count()
    async with get_conn(caller) as conn:
        try:
            await service.door.admit(conn, caller, run_id)
        except (TooManyRequests, Unavailable):
            # Someone in distress is answered whatever the crowd.
            if caller.role != "client" or screen(text) is None:
                raise
        accepted = await accepting.accept(
            conn,
            caller,
            thread_id=thread_id,
            run_id=run_id,
            message_id=message_id,
            text=text,
            event=first_event(thread_id, run_id),
            when_busy=when_busy,
        )
        if accepted.new and when_busy == "interrupt":
            for earlier in await accepting.open_before(conn, thread_id, accepted.turn):
                await _stop(conn, earlier)
    return accepted


def first_event(thread_id: str, run_id: str) -> str:
    """The event that begins the tape of a run."""
    return encode(
        RunStartedEvent(thread_id=thread_id, run_id=run_id, protocol_version=PROTOCOL_VERSION)
    )


def parse_input(body: bytes) -> RunAgentInput:
    """The request's body as AG-UI's input. Raises Invalid naming each wrong field."""
    try:
        sent = RunAgentInput.model_validate_json(body)
    except ValidationError as error:
        raise Invalid(f"This is no AG-UI RunAgentInput: {describe(error)}.") from error
    for name, value in (("threadId", sent.thread_id), ("runId", sent.run_id)):
        if not _ID.match(value):
            raise Invalid(f"{name} must be 1 to 128 letters, digits, dots, colons or dashes.")
    return sent


def new_message(sent: RunAgentInput) -> UserMessage:
    """The message to answer: the last one, which must be the user's. The server keeps the
    history; what else the client sends of it is ignored."""
    last = sent.messages[-1] if sent.messages else None
    if not isinstance(last, UserMessage):
        raise Invalid("The last of `messages` must be the user's new message.")
    if not _ID.match(last.id):
        raise Invalid("A message's id must be 1 to 128 letters, digits, dots, colons or dashes.")
    return last


def text_of(message: UserMessage) -> str:
    """The message's text. Raises Invalid when it has none or holds what is no text, TooLarge
    over 8,000 characters."""
    parts = message.content if isinstance(message.content, list) else [message.content]
    texts = [part.text if isinstance(part, TextPart) else part for part in parts]
    if not all(isinstance(text, str) for text in texts):
        raise Invalid("Only text can be sent here; images, sound and files are not read.")
    text = "\n".join(str(text) for text in texts).strip()
    return check_text(text)


def check_text(text: str) -> str:
    """`text` if it can be a message. Raises Invalid or TooLarge."""
    if not text:
        raise Invalid("The message is empty.")
    if len(text) > MESSAGE_CHARACTERS:
        raise TooLarge(
            f"The message has {len(text):,} characters; {MESSAGE_CHARACTERS:,} is the most. "
            "Send it in parts."
        )
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Invalid("The message holds characters that are not text (NUL or half a character).")
    return text


@router.get("/agui/runs/{run_id}/events", response_class=EventSourceResponse)
async def events(
    run_id: str,
    seat: SeatDep,
    service: ServiceDep,
    after: str | None = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Follow a run after `Last-Event-ID` (or `?after=`); without either, from the join prelude.
    204 when the reader has seen the end already."""
    reader, caller = seat.reader, seat.reader.caller
    position = cursor(last_event_id, after)
    async with get_conn(caller) as conn:
        run = await runs.get(conn, run_id)
        if position is not None and await runs.has_been_read(conn, run, position):
            return Response(status_code=204)
    frames = frames_of(service, caller, run, position)
    return respond(frames, service.streams.sessions, reader)


@router.post("/agui/runs/{run_id}/cancel", status_code=202)
async def cancel(run_id: str, caller: CallerDep, service: ServiceDep) -> dict[str, Any]:
    """Stop a run. What it has written is kept and marked. Stopping an ended run changes nothing."""
    async with get_conn(caller) as conn:
        status = await _stop(conn, run_id)
    return {"run_id": run_id, "status": status}


async def _stop(conn: Connection, run_id: str) -> runs.Status:
    """Stop a run, on the spot when nobody has taken it up yet; returns the status it then has."""
    status = await runs.request_cancel(conn, run_id)
    if status != "queued":
        return status
    run = await runs.get(conn, run_id)
    ended = RunFinishedEvent(
        thread_id=run["thread_id"], run_id=run_id, outcome=RunFinishedCancelledOutcome()
    )
    return await runs.cancel_queued(conn, run_id, encode(ended))


@router.get("/agui/capabilities")
async def capabilities(caller: CallerDep) -> Response:
    """What this agent can do, in AG-UI's words."""
    declared = AgentCapabilities(
        identity=IdentityCapabilities(
            name="Mosaic",
            type="langgraph",
            version=VERSION,
            description="Answers from the record, with a verified receipt.",
        ),
        transport=TransportCapabilities(streaming=True, resumable=True),
        tools=ToolsCapabilities(supported=True, parallel_calls=True, client_provided=False),
        output=OutputCapabilities(structured_output=False, supported_mime_types=["text/markdown"]),
        state=StateCapabilities(snapshots=False, deltas=False, memory=False, persistent_state=True),
        execution=ExecutionCapabilities(code_execution=False, max_iterations=MAX_STEPS),
        human_in_the_loop=HumanInTheLoopCapabilities(
            supported=True, approvals=True, interrupts=True, approve_with_edits=True
        ),
    )
    return Response(encode_capabilities(declared), media_type="application/json")


def encode_capabilities(declared: AgentCapabilities) -> str:
    """As JSON without nulls, which AG-UI's client does not accept."""
    return declared.model_dump_json(by_alias=True, exclude_none=True)
