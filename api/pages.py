"""The web UI: one page for every place in it, and its files under names that change with them.

All files share one hash, that of them all: modules import each other by relative paths, so a
build is fetched whole or not at all, and may be cached for good.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

from errors import NotFound

router = APIRouter(include_in_schema=False)


class ForBrowsers(APIRoute):
    """A route for who asks for HTML alone, so that a place of the page may have the path that
    REST has too."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_browser = "text/html" in Headers(scope=scope).get("accept", "")
        return super().matches(scope) if is_browser else (Match.NONE, {})


places = APIRouter(include_in_schema=False, route_class=ForBrowsers)

_FOLDER = Path(__file__).parent / "ui"
_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Site:
    """Everything the UI serves: the page, and its files by path within the build."""

    build: str
    page: bytes
    files: Mapping[str, bytes]


def build_hash(files: Mapping[str, bytes]) -> str:
    """Twelve hex digits that change when, and only when, a path or a content does."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode())
        digest.update(files[path])
    return digest.hexdigest()[:12]


def fill_page(template: str, build: str, paths: list[str]) -> str:
    """The page with its links: `{build}` is the hash, `{modules}` a preload per script."""
    scripts = sorted(path for path in paths if path.endswith(".js"))
    preloads = "\n".join(
        f'<link rel="modulepreload" href="/ui/{build}/{path}">' for path in scripts
    )
    return template.replace("{modules}", preloads).replace("{build}", build)


def read_site(folder: Path) -> Site:
    """The site in `folder`, read once; only files of a known type are ever served."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in _MEDIA_TYPES
    }
    template = (folder / "index.html").read_text(encoding="utf-8")
    build = build_hash({**files, "index.html": template.encode()})
    return Site(build, fill_page(template, build, list(files)).encode(), files)


@lru_cache(maxsize=1)
def site() -> Site:
    """The site of this installation."""
    return read_site(_FOLDER)


@lru_cache(maxsize=256)
def _compressed(path: str) -> bytes:
    return gzip.compress(site().files[path], mtime=0)


@router.get("/")
@router.get("/login")
@router.get("/t/{thread_id}")
@router.get("/leads/{lead_id}")
@router.get("/memory")
@places.get("/approvals")
async def page() -> Response:
    """The one page; which place it shows is read from the address in the browser."""
    headers = {"Cache-Control": "no-cache", "Vary": "Accept"}
    return Response(site().page, media_type="text/html", headers=headers)


@router.get("/ui/{build}/{path:path}")
async def file(build: str, path: str, accept_encoding: Annotated[str, Header()] = "") -> Response:
    """A file of this build. Raises NotFound for any other build, path or type."""
    current = site()
    if build != current.build or path not in current.files:
        raise NotFound(f"There is no file {path!r} in this build. Reload the page.")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
    }
    body = current.files[path]
    if "gzip" in accept_encoding:
        body, headers["Content-Encoding"] = _compressed(path), "gzip"
    return Response(body, media_type=_MEDIA_TYPES[Path(path).suffix], headers=headers)
