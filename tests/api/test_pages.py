"""The page and its files: found under their hash and nowhere else, cached for good."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path

from api.pages import build_hash, fill_page, read_site, site
from tests.service import OPERATOR, Server

SCRIPT_BYTES = 300_000


def test_the_hash_changes_with_every_path_and_content() -> None:
    files = {"a.js": b"one", "b.js": b"two"}
    hashes = {
        build_hash(files),
        build_hash({"a.js": b"one", "b.js": b"2"}),
        build_hash({"a.js": b"one", "c.js": b"two"}),
        build_hash({"a.js": b"two", "b.js": b"one"}),
        build_hash({"a.js": b"oneb.js\x003\x00two"}),
        build_hash({}),
    }
    assert len(hashes) == 6
    assert build_hash(dict(reversed(files.items()))) == build_hash(files)
    assert all(re.fullmatch(r"[0-9a-f]{12}", each) for each in hashes)


def test_the_page_preloads_each_script_of_the_build() -> None:
    page = fill_page('{modules} <script src="/ui/{build}/app.js">', "abc", ["b.css", "x/a.js"])
    assert page == (
        '<link rel="modulepreload" href="/ui/abc/x/a.js"> <script src="/ui/abc/app.js">'
    )


def test_only_known_types_are_read(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("{build}")
    for name in ("app.js", "secret.txt", ".env", "notes.md", "style.css"):
        (tmp_path / name).write_text(name)
    found = read_site(tmp_path)
    assert set(found.files) == {"app.js", "style.css"}
    assert found.page.decode() == found.build


def test_the_scripts_are_few() -> None:
    scripts = {path: body for path, body in site().files.items() if path.endswith(".js")}
    assert scripts
    assert sum(map(len, scripts.values())) <= SCRIPT_BYTES


def test_every_link_of_the_page_and_every_import_leads_to_a_file() -> None:
    files = site().files
    page = site().page.decode()
    linked = re.findall(r'(?:href|src)="/ui/([0-9a-f]+)/([^"]+)"', page)
    assert {build for build, _ in linked} == {site().build}
    assert {path for _, path in linked} == set(files)
    assert "{" not in page
    for path, body in files.items():
        for name in re.findall(r'^(?:import|export).*?"(\.[^"]+)";$', body.decode(), re.M):
            assert (Path(path).parent / name).as_posix().replace("elements/../", "") in files, path


async def test_every_place_is_the_page(service: Server) -> None:
    http = service.client()
    for path in ("/", "/login", "/login?next=%2Ft%2Fx", "/t/some-thread", "/leads/L04"):
        answer = await http.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|style=", answer.text)


async def test_a_place_that_rest_has_too_is_the_page_for_browsers_alone(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    accept = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = await operator.get("/approvals", headers=accept)
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["vary"] == "Accept"
    assert "approvals" in (await operator.get("/approvals")).json()
    assert (await service.client().get("/approvals", headers={"accept": "*/*"})).status_code == 401


async def test_files_are_cached_for_good_and_compressed(service: Server) -> None:
    http = service.client()
    build = re.search(r"/ui/([0-9a-f]{12})/app\.js", (await http.get("/")).text)
    assert build is not None
    path = f"/ui/{build[1]}/app.js"
    packed = await http.get(path, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    plain = await http.get(path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == packed.content == site().files["app.js"]
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, mtime=0))
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert plain.headers["x-content-type-options"] == "nosniff"


async def test_nothing_else_is_served(service: Server) -> None:
    build = site().build
    for path in (
        f"/ui/{build}/",
        f"/ui/{build}/index.html",
        f"/ui/{build}/no.js",
        "/ui/000000000000/app.js",
        f"/ui/{build}/../pages.py",
        f"/ui/{build}/..%2fpages.py",
        f"/ui/{build}/%2e%2e/%2e%2e/settings.py",
        f"/ui/{build}/..%5c..%5csettings.py",
        f"/ui/{build}//etc/passwd",
        f"/ui/{build}/%2fetc%2fpasswd",
        f"/ui/{build}/elements/../../../pyproject.toml",
        f"/ui/{build}/app.js%00.css",
        "/ui/../settings.py",
    ):
        head, body = await raw_get(service.port, path)
        assert head.startswith("HTTP/1.1 404"), path
        assert "import" not in body


async def raw_get(port: int, path: str) -> tuple[str, str]:
    """Head and body of what is served for exactly these bytes: HTTP clients tidy a path."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    return head, body
