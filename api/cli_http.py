"""Talking to a Mosaic that runs, from the terminal: as whom, where, and what a refusal says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import httpx2
import typer

from errors import MosaicError
from settings import get_settings

DEMO_PASSWORD = "mosaic-demo"  # noqa: S105 - the demo's published password

BaseUrl = Annotated[str | None, typer.Option(help="The server to ask.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]


@contextmanager
def logged_in(person: str, base_url: str | None) -> Iterator[httpx2.Client]:
    """A client that is logged in as `person`: an e-mail, or `operator` or `client` of the demo.
    The password comes from MOSAIC_PASSWORD (demo people need none). Raises MosaicError."""
    settings = get_settings()
    email = person if "@" in person else f"{person}@demo.local"
    url = base_url or f"http://{settings.host}:{settings.port}"
    password = os.environ.get("MOSAIC_PASSWORD", DEMO_PASSWORD)
    try:
        with httpx2.Client(base_url=url, timeout=httpx2.Timeout(10, read=60)) as client:
            answer = client.post("/auth/login", json={"email": email, "password": password})
            if answer.status_code != 200:
                raise MosaicError(f"Log-in as {email} failed: {answer.json()['detail']}")
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client
    except httpx2.TransportError as error:
        raise MosaicError(f"No Mosaic answers at {url}. Start one with `mosaic serve`.") from error


def body_of(answer: httpx2.Response) -> Any:
    """The JSON of an answer. Raises MosaicError with the service's own sentence for a refusal."""
    body = answer.json()
    if not answer.is_success:
        raise MosaicError(str(body.get("detail", f"The service answered {answer.status_code}.")))
    return body
