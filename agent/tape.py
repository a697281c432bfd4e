"""The tape of one attempt at a run: every event is appended to Postgres, then published.

Text deltas that come while an append is under way, or within 25 ms of the last one, are
joined; everything else goes out at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ag_ui.core import BaseEvent, TextMessageContentEvent

from memory.hub import Hub
from memory.recorder import Recorder
from memory.runs import Claim

COALESCE_SECONDS = 0.025
PROTOCOL_VERSION = "1.0"


def encode(event: BaseEvent) -> str:
    """The event as it stands on the wire: camelCase, nothing null."""
    return event.model_dump_json(by_alias=True, exclude_none=True)


class Tape:
    """Writes the events of one claimed run, in order. Raises Fenced once the claim is lost."""

    def __init__(
        self, claim: Claim, recorder: Recorder, hub: Hub, on_cancel: Callable[[], None]
    ) -> None:
        self._claim = claim
        self._recorder = recorder
        self._hub = hub
        self._on_cancel = on_cancel
        self._next_seq = claim.last_seq + 1
        self._pending: list[BaseEvent] = []
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._written_at = 0.0
        self._held = False
        self._error: Exception | None = None
        self._task = asyncio.create_task(self._write_behind(), name=f"tape {claim.run_id}")

    def emit(self, event: BaseEvent) -> None:
        """Queue an event. Raises what the last append raised, if it failed."""
        if self._error is not None:
            raise self._error
        last = self._pending[-1] if self._pending else None
        if (
            isinstance(event, TextMessageContentEvent)
            and isinstance(last, TextMessageContentEvent)
            and last.message_id == event.message_id
        ):
            last.delta += event.delta
        else:
            self._pending.append(event)
        self._wake.set()

    async def flush(self) -> None:
        """Append whatever is queued, now. Raises Fenced or Unavailable."""
        async with self._writing:
            if self._error is not None:
                raise self._error
            if self._pending and not self._held:
                try:
                    events = self.take()
                    if await self._recorder.append(self._claim, events):
                        self._on_cancel()
                    self.publish(events)
                except Exception as error:
                    # Numbered, but perhaps not written: on this tape nothing may follow.
                    self._error = error
                    raise

    async def hold(self) -> None:
        """Write nothing more by itself; what is emitted from here on waits for `take`."""
        self._held = True
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        # Cancelled or not, an append that was under way is seen through.
        async with self._writing:
            pass

    def take(self) -> list[tuple[int, str]]:
        """What is queued, numbered, for the caller to append in a transaction of its own, after
        `hold`, and to hand to `publish` once that has committed. Raises what an append raised."""
        if self._error is not None:
            raise self._error
        batch, self._pending = self._pending, []
        events = list(enumerate(map(encode, batch), start=self._next_seq))
        self._next_seq += len(events)
        return events

    def publish(self, events: list[tuple[int, str]]) -> None:
        """Hand committed events to this process's followers."""
        self._written_at = time.monotonic()
        self._hub.publish(self._claim.run_id, events)

    async def _write_behind(self) -> None:
        while True:
            await self._wake.wait()
            pause = self._written_at + COALESCE_SECONDS - time.monotonic()
            if (
                pause > 0
                and self._pending
                and isinstance(self._pending[-1], TextMessageContentEvent)
            ):
                await asyncio.sleep(pause)
            self._wake.clear()
            try:
                await asyncio.shield(self.flush())
            except Exception:  # noqa: BLE001 - kept by `flush` for the run, which raises it next
                return
