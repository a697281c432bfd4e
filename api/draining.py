"""Leaving in good order: uvicorn never exits by itself while a stream is open."""

from __future__ import annotations

import logging

import uvicorn
from fastapi import FastAPI
from sse_starlette.sse import AppStatus

from api.services import Service

GRACEFUL_SECONDS = 3
"""How long (seconds) the requests that are left after draining may still take."""


class DrainingServer(uvicorn.Server):
    """Asked to end, it still listens while its runs finish: new messages get 503, readers read
    on. Then its readers are sent elsewhere, and it closes."""

    def __init__(self, config: uvicorn.Config, application: FastAPI) -> None:
        super().__init__(config)
        self._application = application
        # The library would cut every stream at the signal.
        AppStatus.enable_automatic_graceful_drain = False

    async def main_loop(self) -> None:
        await super().main_loop()
        service: Service = self._application.state.service
        await service.drain()
        # uvicorn takes every stream that is cut from here on for a fault of the application.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
