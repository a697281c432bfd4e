"""The floor: the least that can stand between a person and the provider. No database, no history.

`python -m evals.bench.floor PROVIDER_URL API_KEY` serves until stopped and prints its address as
one JSON line. `POST /chat {"message"}` streams the answer's deltas as server-sent events.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import AsyncIterator

import uvicorn
from anthropic import AsyncAnthropic
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

MODEL = "claude-sonnet-5-5"
MAX_TOKENS = 1500
DONE = b'data: {"done": true}\n\n'


def create_app(provider_url: str, api_key: str) -> Starlette:
    """The proxy as an application."""
    provider = AsyncAnthropic(api_key=api_key, base_url=provider_url, max_retries=0)

    async def deltas(message: str) -> AsyncIterator[bytes]:
        stream = await provider.messages.create(
            model=MODEL,
            max_tokens=MAX_TOKENS,
            messages=[{"role": "user", "content": message}],
            stream=True,
        )
        async for event in stream:
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                yield f"data: {json.dumps({'delta': event.delta.text})}\n\n".encode()
        yield DONE

    async def chat(request: Request) -> Response:
        sent = await request.json()
        return StreamingResponse(deltas(sent["message"]), media_type="text/event-stream")

    async def health(request: Request) -> Response:
        return JSONResponse({"ok": True})

    return Starlette(routes=[Route("/chat", chat, methods=["POST"]), Route("/health", health)])


def main() -> None:
    """Serve on a free port."""
    provider_url, api_key = sys.argv[1:3]
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
    config = uvicorn.Config(create_app(provider_url, api_key), log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
