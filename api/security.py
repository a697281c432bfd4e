"""What holds for every request: security headers, and no cross-site use of the log-in cookie.

CSRF: a browser adds the cookie to requests that another site makes; it never adds a bearer
token. So a changing request without a bearer token must come from our own pages, which the
browser tells us by Sec-Fetch-Site or, if older, by Origin. Requests of programs carry neither,
and pass when they carry no cookie either. Log-in is covered too: another site cannot log a
visitor in to an account of its own.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_of
from errors import Forbidden

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OUR_OWN = frozenset({"same-origin", "none"})


def install(app: FastAPI, *, secure_cookies: bool) -> None:
    """Guard every route of `app`. Last of all middleware, so that it goes around the others."""
    app.state.secure_cookies = secure_cookies
    app.add_middleware(Security, secure_cookies=secure_cookies)


def cookie_name(secure_cookies: bool) -> str:
    """The log-in cookie. The `__Host-` prefix makes browsers insist on TLS and on this host."""
    return "__Host-mosaic_session" if secure_cookies else "mosaic_session"


class Security:
    """Refuses cross-site changes and sets the headers of every response, streams included."""

    def __init__(self, app: ASGIApp, *, secure_cookies: bool) -> None:
        self.app = app
        self.cookie = cookie_name(secure_cookies)
        self.headers = dict(HEADERS)
        if secure_cookies:
            self.headers["Strict-Transport-Security"] = STRICT_TRANSPORT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                # What a route says nothing about is someone's own data: no cache may keep it.
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if is_cross_site(HTTPConnection(scope), scope["method"], self.cookie):
            refused = problem_of(
                Forbidden(
                    "This request came from another site, so nothing was done. Use the page "
                    "itself, or send the token as `Authorization: Bearer`.",
                    code="cross_site",
                )
            )
            await refused(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)


def is_cross_site(request: HTTPConnection, method: str, cookie: str) -> bool:
    """Whether a changing request may have been made by another site's page."""
    headers = request.headers
    if method in SAFE_METHODS or headers.get("authorization", "").lower().startswith("bearer "):
        return False
    if "sec-fetch-site" in headers or "origin" in headers:
        return is_of_other_site(request)
    return cookie in request.cookies


def is_of_other_site(request: HTTPConnection) -> bool:
    """Whether the browser says that another site's page made the request."""
    headers = request.headers
    if (site := headers.get("sec-fetch-site")) is not None:
        return site not in OUR_OWN
    origin = headers.get("origin")
    return origin is not None and _host_of(origin) != headers.get("host", "").lower()


def _host_of(origin: str) -> str:
    """`host:port` of an Origin, which is a scheme and that; nothing for "null"."""
    return origin.lower().partition("://")[2]
