"""The tape of a run as server-sent events: replayed after a cursor, then followed to its end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from ag_ui.core import MessagesSnapshotEvent
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from agent.context import Render
from agent.old_tape import tell_again
from agent.takeover import SNAPSHOT_TURNS, as_message
from agent.tape import encode
from api.session_watch import SessionWatch
from errors import BadRequest, MosaicError, TooManyRequests, Unavailable
from log import get_logger
from memory import threads
from memory.caller import Caller
from memory.hub import Follower, Hub
from memory.pool import get_conn
from memory.runs import read_events, refuse_dropped
from memory.sessions import Authenticated

logger = get_logger(__name__)

POLL_SECONDS = 10.0
PAGE = 500
FAILED_READS = 8
FAILED_READ_SECONDS = 0.5
COME_BACK_SECONDS = 5
SEND_SECONDS = 60.0
"""How long a reader may leave a chunk unread before it is cut off."""
FAREWELL = b": this server cannot go on; come back with Last-Event-ID\nretry: 1000\n\n"
_TERMINAL = ('{"type":"RUN_FINISHED"', '{"type":"RUN_ERROR"')


def is_terminal(event: str) -> bool:
    """Whether an encoded event ends its run."""
    return event.startswith(_TERMINAL)


def frame(seq: int | None, event: str) -> bytes:
    """One frame; without an id when it was made for this reader, who cannot come back to it.
    LF only: AG-UI's own client splits on two of them and on nothing else."""
    line = "" if seq is None else f"id: {seq}\n"
    return f"{line}data: {event}\n\n".encode()


async def follow(
    caller: Caller, hub: Hub, run_id: str, after: int, *, since_new: Follower | None = None
) -> AsyncIterator[tuple[int, str]]:
    """The events of a run after `after`, to its terminal event. Holds no connection while waiting.

    `since_new` has followed the run from before it was there: only what it hears of is read. Rides
    out a database that is busy for a while. Raises Unavailable when it stays so, when this process
    is leaving, and when the tape was dropped meanwhile.
    """
    failures = 0
    following = nullcontext(since_new) if since_new else hub.follow(run_id)
    with following as follower:
        events: list[tuple[int, str]] | None = None
        if since_new:
            await follower.wait(POLL_SECONDS)
            events = follower.take(after)
        while True:
            if events is None:
                try:
                    async with get_conn(caller) as conn:
                        events = await read_events(conn, run_id, after, PAGE)
                        if not events:
                            await refuse_dropped(conn, run_id)
                    failures = 0
                except Unavailable:
                    failures += 1
                    if failures > FAILED_READS:
                        raise
                    await asyncio.sleep(FAILED_READ_SECONDS)
                    continue
            for seq, event in events:
                yield seq, event
                after = seq
                if is_terminal(event):
                    return
            if len(events) == PAGE:
                events = None
                continue
            if hub.dismissed:
                raise Unavailable(
                    "The service is restarting. Nothing is lost; come back in a moment.",
                    code="restarting",
                    retry_after=1,
                )
            await follower.wait(POLL_SECONDS)
            events = follower.take(after)


async def begin(
    caller: Caller, hub: Hub, run_id: str, event: str, follower: Follower
) -> AsyncIterator[bytes]:
    """Frames of a run that was just accepted with its first `event`, and followed from before."""
    yield frame(1, event)
    async for seq, following in follow(caller, hub, run_id, after=1, since_new=follower):
        yield frame(seq, following)


async def replay(caller: Caller, hub: Hub, run_id: str, after: int) -> AsyncIterator[bytes]:
    """Frames after a cursor."""
    async for seq, event in follow(caller, hub, run_id, after):
        yield frame(seq, event)


async def join(caller: Caller, hub: Hub, run: dict[str, Any]) -> AsyncIterator[bytes]:
    """Frames for a reader that comes without a cursor: the start, what the thread held when the
    run began, then the whole tape."""
    rows = await _messages_up_to(caller, run)
    before = [as_message(row) for row in rows if row["turn"] < run["turn"] or row["role"] == "user"]
    async for seq, event in follow(caller, hub, run["id"], after=0):
        yield frame(seq, event)
        if seq == 1:
            yield frame(None, encode(MessagesSnapshotEvent(messages=before)))


async def retell(
    caller: Caller, run: dict[str, Any], render: Render, after: int
) -> AsyncIterator[bytes]:
    """Frames of a run whose tape was dropped: see `agent.old_tape`."""
    rows = await _messages_up_to(caller, run)
    for seq, event in tell_again(run, rows, render, after):
        yield frame(seq, event)


async def _messages_up_to(caller: Caller, run: dict[str, Any]) -> list[dict[str, Any]]:
    async with get_conn(caller) as conn:
        return await threads.list_messages(
            conn, run["thread_id"], before_turn=run["turn"] + 1, turns=SNAPSHOT_TURNS
        )


class Streams:
    """The streams that this process has open: `most` in all, `most_per_person` of one person."""

    def __init__(self, most: int, most_per_person: int) -> None:
        self._most = most
        self._most_per_person = most_per_person
        self._open: Counter[str] = Counter()
        self.sessions = SessionWatch()

    @contextmanager
    def open(self, user_id: str) -> Iterator[None]:
        """Count a stream for as long as the block lasts. Raises TooManyRequests or Unavailable
        when there is no room for one more."""
        self._check(user_id)
        self._open[user_id] += 1
        try:
            yield
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]

    def _check(self, user_id: str) -> None:
        if self._open[user_id] >= self._most_per_person:
            raise TooManyRequests(
                f"You follow {self._open[user_id]} answers at once, which is the most. Close some "
                "pages, then try again.",
                code="too_many_streams",
                retry_after=COME_BACK_SECONDS,
            )
        if self._open.total() >= self._most:
            raise Unavailable(
                "Too many answers are being followed here. Nothing was stored; try again in a "
                "moment.",
                code="overloaded",
                retry_after=COME_BACK_SECONDS,
            )


class _GuardedResponse(EventSourceResponse):
    """A stream that ends with its log-in. One that cannot go on is cut: a proper end without the
    run's would look like success."""

    sessions: SessionWatch
    session_id: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        serving = super().__call__(scope, receive, send)
        try:
            await self.sessions.guard(self.session_id, serving, send)
        except (MosaicError, SendTimeoutError) as error:
            # Left without its last chunk, the connection is closed by the server.
            logger.info("stream cut", error_type=type(error).__name__)


async def _with_farewell(frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for item in frames:
            yield item
    except Unavailable:
        yield FAREWELL
        raise


def respond(
    frames: AsyncIterator[bytes], sessions: SessionWatch, reader: Authenticated
) -> EventSourceResponse:
    """The response for a stream of frames, kept alive by comments, ended when the reader's log-in
    ends. Take a seat before: see `Streams`."""
    response = _GuardedResponse(
        _with_farewell(frames),
        sep="\n",
        ping=15,
        send_timeout=SEND_SECONDS,
        ping_message_factory=lambda: ServerSentEvent(comment="keep-alive", sep="\n"),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
    response.sessions, response.session_id = sessions, reader.session_id
    return response


def cursor(last_event_id: str | None, after: str | None) -> int | None:
    """The position a reader has reached; None when it brings none. Raises BadRequest."""
    text = last_event_id if last_event_id is not None else after
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadRequest(
            "Last-Event-ID must be the id of an event of this run, a whole number.",
            code="bad_cursor",
        )
    return int(text)
