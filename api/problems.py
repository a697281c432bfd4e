"""Errors as RFC 9457 problem bodies: what was wrong, with what, and what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from errors import MosaicError
from log import get_logger

logger = get_logger(__name__)

LONGEST_FIELD = 100
DETAILS = {
    400: "The body cannot be read. Send JSON in UTF-8.",
    404: "There is nothing at this address. Check the path.",
    405: "This address does not know that method. See the Allow header.",
}


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem body. Before `security.install`, which goes
    around it."""
    for kind in (MosaicError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _answer)
    app.add_middleware(UnexpectedErrors)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> JSONResponse:
    """A response `{type, title, status, detail, code}`, with `errors` `[{field, message}]` when
    single values are wrong."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors is not None:
        body["errors"] = errors
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def problem_of(error: MosaicError) -> JSONResponse:
    """The response for one of our own errors, with Retry-After where trying again helps."""
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(error.status, error.code, error.detail, headers=headers)


async def _answer(request: Request, error: Exception) -> Response:
    match error:
        case MosaicError():
            return problem_of(error)
        case RequestValidationError():
            return _validation_problem(error)
        case HTTPException():
            return _http_problem(error)
    raise error


def _validation_problem(error: RequestValidationError) -> Response:
    """422 naming each wrong field; never the value that was sent. 400 when it is not JSON."""
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem(400, "bad_request", "The body is not JSON. Check its syntax.")
    errors = [{"field": _field(item["loc"]), "message": _message(item)} for item in found]
    named = "; ".join(f"{item['field']}: {item['message']}" for item in errors[:5])
    return problem(422, "invalid", f"The request has wrong values. {named}.", errors=errors)


def _http_problem(error: HTTPException) -> Response:
    """Errors of the framework: unknown address, unknown method, unreadable body."""
    status = HTTPStatus(error.status_code)
    if status.value in (204, 304):
        return Response(status_code=status.value, headers=error.headers)
    if isinstance(error.__cause__, RecursionError):
        return problem(422, "invalid", "The body is nested too deeply. Send a flatter one.")
    code = status.phrase.lower().replace(" ", "_").replace("-", "_")
    detail = DETAILS.get(status.value, str(error.detail))
    return problem(status.value, code, detail, headers=dict(error.headers or {}))


def _field(location: tuple[str | int, ...]) -> str:
    """`body.email` for ("body", "email"); the caller's own keys are cut to a readable length."""
    return ".".join(str(part) for part in location)[:LONGEST_FIELD]


def _message(item: dict[str, Any]) -> str:
    """Pydantic's sentence, which never holds the input, except for an unknown tag."""
    if item["type"] == "union_tag_invalid":
        return f"Input should be one of: {item['ctx']['expected_tags']}"
    return str(item["msg"])


class UnexpectedErrors:
    """Answers 500 for an error nobody foresaw; what it was goes to the log alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def note_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, note_start)
        except Exception as error:
            logger.exception("unexpected error", path=scope["path"], kind=type(error).__name__)
            if started:
                raise
            response = problem(
                500, "internal", "Something went wrong on our side. It was logged; try again."
            )
            await response(scope, receive, send)
