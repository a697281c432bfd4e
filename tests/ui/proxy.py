"""A way to the service that can be cut, as a network can."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Proxy:
    """Passes bytes on until it is cut; then every connection is reset and new ones are too."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self.url = ""

    def cut(self) -> None:
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self._is_cut = False

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        onward_reader, onward_writer = await asyncio.open_connection(*self._target)
        pair = {writer, onward_writer}
        self._writers |= pair
        try:
            await asyncio.gather(_pass_on(reader, onward_writer), _pass_on(onward_reader, writer))
        finally:
            self._writers -= pair
            for one in pair:
                one.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
        writer.write_eof()


@asynccontextmanager
async def running_proxy(url: str) -> AsyncIterator[Proxy]:
    """A proxy on a port of its own in front of `url`."""
    proxy = Proxy(url)
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
