"""What a request may take: so many bytes of body, and the connections of its own lane."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from memory.pool import use_lane

DRAINED_BYTES = 32 * 1024 * 1024


class BodyLimit:
    """Refuses bodies over `limit` bytes with 413, by their announced and by their real length."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self.limit:
            await self._refuse(scope, receive, send)
            return
        received = 0
        started = False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit and not started:
                raise _TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except _TooLarge:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A sender that is cut off in the middle of its body never reads why.
        drained = 0
        while drained < DRAINED_BYTES:
            message = await receive()
            drained += len(message.get("body", b""))
            if not message.get("more_body", False):
                break
        detail = f"The request is larger than {self.limit // 1024} KiB. Send less at once."
        await problem(413, "too_large", detail, headers={"Connection": "close"})(
            scope, receive, send
        )


class RequestLane:
    """Requests share connections among themselves; the runs of this process keep their own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with use_lane("requests"):
            await self.app(scope, receive, send)


class _TooLarge(Exception):
    """The body has grown over the limit while it was read."""
