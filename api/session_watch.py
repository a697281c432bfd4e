"""Ends the streams of a log-in that has ended: nobody reads on after they were shut out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager

from ag_ui.core import RunErrorEvent
from starlette.types import Send

from agent.tape import encode
from errors import Unavailable
from log import get_logger
from memory.sessions import live_among

logger = get_logger(__name__)

CHECK_SECONDS = 5.0
_ENDED = RunErrorEvent(message="This log-in has ended. Log in again.", code="session_ended")
# Made for this reader, not on the tape: it has no id to resume from.
LAST_FRAME = f"data: {encode(_ENDED)}\n\n".encode()


class SessionWatch:
    """The sessions behind the open streams of this process, looked up together while there are
    any."""

    def __init__(self) -> None:
        self._ended: dict[str, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None

    async def guard(self, session_id: str, serving: Awaitable[None], send: Send) -> None:
        """Serve a stream to its end, or until the session ends: then its reader is told so."""
        stream = asyncio.ensure_future(serving)
        with self._watched(session_id) as ended:
            waiting = asyncio.create_task(ended.wait())
            try:
                await asyncio.wait({stream, waiting}, return_when=asyncio.FIRST_COMPLETED)
                if stream.done():
                    await stream
                    return
                logger.info("stream ended with its session")
            finally:
                waiting.cancel()
                stream.cancel()
                await asyncio.gather(stream, return_exceptions=True)
        await send({"type": "http.response.body", "body": LAST_FRAME, "more_body": False})

    @contextmanager
    def _watched(self, session_id: str) -> Iterator[asyncio.Event]:
        ended = asyncio.Event()
        self._ended.setdefault(session_id, set()).add(ended)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch(), name="session watch")
        try:
            yield ended
        finally:
            self._ended[session_id].discard(ended)
            if not self._ended[session_id]:
                del self._ended[session_id]

    async def _watch(self) -> None:
        """Look the sessions up every few seconds, for as long as there are streams."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if not self._ended:
                return
            try:
                live = await live_among(list(self._ended))
            except Unavailable:
                continue
            for session_id, streams in self._ended.items():
                if session_id not in live:
                    for ended in streams:
                        ended.set()
