"""Ends the streams of a log-in that has ended: nobody reads on after they were shut out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
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
        self._streams: dict[str, set[Callable[[], None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def guard(self, session_id: str, serving: Awaitable[None], send: Send) -> None:
        """Serve a stream to its end, or until the session ends: then its reader is told so."""
        task = asyncio.current_task()
        ended = False

        def end() -> None:
            nonlocal ended
            if not ended and task is not None:
                ended = True
                task.cancel()

        try:
            with self._watched(session_id, end):
                await serving
            return
        except asyncio.CancelledError:
            if not ended or task is None:
                raise
            task.uncancel()
        logger.info("stream ended with its session")
        await send({"type": "http.response.body", "body": LAST_FRAME, "more_body": False})

    @contextmanager
    def _watched(self, session_id: str, end: Callable[[], None]) -> Iterator[None]:
        self._streams.setdefault(session_id, set()).add(end)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch(), name="session watch")
        try:
            yield
        finally:
            self._streams[session_id].discard(end)
            if not self._streams[session_id]:
                del self._streams[session_id]

    async def _watch(self) -> None:
        """Look the sessions up every few seconds, for as long as there are streams."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            asked = list(self._streams)
            if not asked:
                return
            try:
                live = await live_among(asked)
            except Unavailable:
                continue
            # Only what was asked for: streams have come and gone meanwhile.
            for session_id in set(asked) - live:
                for end in list(self._streams.get(session_id, ())):
                    end()
