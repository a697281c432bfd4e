"""What the tests of memory remember: conversations written as the product writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from memory.caller import Caller
from memory.pool import get_conn
from memory.transcripts import Utterance, add_transcript

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


async def tell(
    caller: Caller, *said: str | tuple[str, str], at: datetime = START, thread: str | None = None
) -> str:
    """A conversation of the caller's, a minute between utterances: a text is the person's, a
    pair is a speaker's. Returns its thread."""
    thread = thread or uuid4().hex
    pairs = [item if isinstance(item, tuple) else ("", item) for item in said]
    async with get_conn(caller) as conn:
        await add_transcript(
            conn,
            caller,
            thread_id=thread,
            title="Told",
            utterances=[
                Utterance(
                    f"u{number}", "user", speaker or None, text, at + timedelta(minutes=number)
                )
                for number, (speaker, text) in enumerate(pairs)
            ],
        )
    return thread
