"""The stand-in as a server: checks each request, asks the persona, streams its steps."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from tests.standin.cache import Counted, PromptCache
from tests.standin.checks import Rejected, check_body, check_headers, check_length
from tests.standin.faults import parse
from tests.standin.http import Exchange, HttpServer
from tests.standin.personas import Persona, persona, persona_name
from tests.standin.steps import Cut, ErrorEvent, Hang, Refuse, Say, Silence, Step, step_from
from tests.standin.stream import EventStream, message_body

Scripted = str | Persona | list[Step]
KEPT_REQUESTS = 2_000


class Standin:
    """A running stand-in. `requests` are the bodies it took, refused ones included; `said` what
    its personas said about the record, sentence by sentence, with the kind of lie or None;
    `streaming` how many streams are open now."""

    def __init__(self) -> None:
        self.url = ""
        self.port = 0
        self.streaming = 0
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)
        self.refused: deque[str] = deque(maxlen=KEPT_REQUESTS)
        self.said: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)
        self._queues: dict[str, deque[Scripted]] = defaultdict(deque)
        self._failed: dict[str, int] = defaultdict(int)
        self._cache = PromptCache()

    def script(self, *answers: Scripted, key: str = "") -> None:
        """Answer the next requests (of that API key only, when one is given) with these: names
        of personas, personas, or lists of steps."""
        self._queues[key].extend(answers)

    def reset(self) -> None:
        """Forget requests, scripts, counts and the prompt cache."""
        for kept in (self.requests, self.refused, self.said, self._queues, self._failed):
            kept.clear()
        self._cache = PromptCache()

    async def handle(self, exchange: Exchange) -> None:
        """Answer one HTTP request."""
        match exchange.method, exchange.path.partition("?")[0]:
            case "POST", "/v1/messages":
                await self._messages(exchange)
            case "POST", "/_script":
                await self._take_script(exchange)
            case "POST", "/_reset":
                self.reset()
                await exchange.send_json(200, {})
            case "GET", "/_requests":
                await exchange.send_json(200, list(self.requests))
            case "GET", "/_said":
                await exchange.send_json(200, list(self.said))
            case "GET", "/health":
                await exchange.send_json(200, {"ok": True})
            case _:
                await exchange.send_json(404, _error("not_found_error", "no such path"))

    async def _messages(self, exchange: Exchange) -> None:
        try:
            key, body, counted = self._accept(exchange)
            steps = self._steps(body, key)
        except Rejected as rejected:
            self.refused.append(rejected.message)
            body_sent = _error(rejected.kind, rejected.message)
            await exchange.send_json(rejected.status, body_sent)
            return
        self._note(body, steps)
        first = steps[0] if steps else None
        if isinstance(first, Hang):
            await exchange.wait_for_client()
        elif isinstance(first, Refuse):
            headers = {"retry-after": str(first.retry_after)} if first.retry_after else {}
            await exchange.send_json(first.status, _error(first.type, first.message), headers)
        elif body.get("stream"):
            self.streaming += 1
            try:
                await self._stream(exchange, body["model"], counted, steps)
            finally:
                self.streaming -= 1
        else:
            await exchange.send_json(200, message_body(body["model"], counted, steps))

    def _accept(self, exchange: Exchange) -> tuple[str, dict[str, Any], Counted]:
        """The key, the body and its tokens. Raises Rejected."""
        key = check_headers(exchange.headers)
        try:
            body = json.loads(exchange.body)
        except ValueError as error:
            raise Rejected("The request body is not valid JSON") from error
        self.requests.append(body)
        check_body(body)
        counted = self._cache.count(key, body)
        check_length(counted.total)
        return key, body, counted

    def _steps(self, body: dict[str, Any], key: str) -> Sequence[Step]:
        for queue in (self._queues[key], self._queues[""]):
            if queue:
                scripted = queue.popleft()
                if isinstance(scripted, str):
                    return self._persona(scripted).respond(body)
                if isinstance(scripted, list):
                    return scripted
                return scripted.respond(body)
        return self._persona(persona_name(body["model"], key)).respond(body)

    def _persona(self, name: str) -> Persona:
        if name.startswith("fault:"):
            _, times = parse(name.removeprefix("fault:"))
            if times is not None and self._failed[name] >= times:
                name = "honest"
            else:
                self._failed[name] += 1
        try:
            return persona(name)
        except ValueError as error:
            raise Rejected(f"model: {name}", status=404, kind="not_found_error") from error

    def _note(self, body: dict[str, Any], steps: Sequence[Step]) -> None:
        for step in steps:
            if isinstance(step, Say) and (step.citations or step.lie):
                sources = [citation.source for citation in step.citations]
                self.said.append(
                    {"model": body["model"], "text": step.text.strip(), "lie": step.lie,
                     "sources": sources}
                )  # fmt: skip

    async def _stream(
        self, exchange: Exchange, model: str, counted: Counted, steps: Sequence[Step]
    ) -> None:
        events = EventStream(model, counted)
        await exchange.start_stream({"request-id": f"req_{uuid4().hex[:24]}"})
        waiting = [events.start()]
        for step in steps:
            if isinstance(step, Silence | Cut):
                await exchange.send_part(b"".join(waiting))
                if isinstance(step, Silence):
                    await exchange.wait_for_client()
                exchange.cut()
                return
            for pause, frame in events.frames(step):
                if pause:
                    await exchange.send_part(b"".join(waiting))
                    waiting.clear()
                    await asyncio.sleep(pause)
                waiting.append(frame)
            if isinstance(step, ErrorEvent):
                break
        else:
            waiting.append(events.end())
        await exchange.send_part(b"".join(waiting))
        await exchange.end_stream()

    async def _take_script(self, exchange: Exchange) -> None:
        """`{"key": "", "answers": ["honest", [{"step": "say", "text": "Hello."}]]}`."""
        try:
            described = json.loads(exchange.body)
            answers = [
                answer if isinstance(answer, str) else [step_from(step) for step in answer]
                for answer in described["answers"]
            ]
        except (ValueError, KeyError, TypeError) as error:
            await exchange.send_json(400, _error("invalid_request_error", str(error)))
            return
        self.script(*answers, key=described.get("key", ""))
        await exchange.send_json(200, {"queued": len(answers)})


@asynccontextmanager
async def running_standin(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Standin]:
    """A stand-in that serves until the block ends; port 0 chooses a free one."""
    standin = Standin()
    async with HttpServer(standin.handle, host, port) as server:
        standin.port = server.port
        standin.url = f"http://{host}:{server.port}"
        yield standin


def _error(kind: str, message: str) -> Mapping[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_0"}
