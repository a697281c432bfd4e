"""What Prometheus reads: every path counted under its template, and nothing of a person."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import httpx2
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from evals.server import free_port
from tests.agui import Sent, ask, send
from tests.service import CLIENT, OPERATOR, Server, running_service
from tests.standin import running_standin

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def figures(client: httpx2.AsyncClient) -> Figures:
    answer = await client.get("/health/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(found: Figures, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


def more(before: Figures, after: Figures, name: str, **labels: str) -> float:
    return value(after, name, **labels) - value(before, name, **labels)


async def at_rest(client: httpx2.AsyncClient) -> Figures:
    """The figures once no run is under way: a reader sees the end before the run has counted it."""
    async with asyncio.timeout(30):
        while value(found := await figures(client), "mosaic_runs_running") != 0:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found


async def test_a_run_is_counted_from_request_to_receipt(service: Server) -> None:
    client = await service.log_in(CLIENT)
    before = await figures(client)
    answer = await ask(client, "How is my confidence going?")
    after = await at_rest(client)
    assert more(before, after, "mosaic_runs_total", outcome="success", code="") == 1
    assert more(before, after, "mosaic_run_seconds_count", outcome="success") == 1
    assert more(before, after, "mosaic_first_text_seconds_count") == 1
    assert answer.tools == ["get_metrics"]
    assert more(before, after, "mosaic_tool_calls_total", tool="get_metrics", outcome="ok") == 1
    offline = {"provider": "offline", "model": "offline"}
    calls = more(before, after, "mosaic_model_calls_total", **offline, outcome="ok", code="")
    assert calls == 2
    checks = answer.receipt["checks"]
    assert checks["known"] > 0
    for verdict in ("known", "inferred", "plain", "replaced"):
        counted = more(before, after, "mosaic_sentences_total", verdict=verdict)
        assert counted == checks[verdict], verdict
    assert value(after, "mosaic_runs_open", status="queued") == 0
    assert value(after, "mosaic_database_up") == 1
    assert value(after, "mosaic_pool_connections", lane="runs", state="most") > 1
    post = {"method": "POST", "route": "/agui"}
    assert more(before, after, "mosaic_http_requests_total", **post, status="200") == 1
    assert more(before, after, "mosaic_http_seconds_count", **post) == 1


async def test_paths_are_counted_under_their_templates(service: Server) -> None:
    client = await service.log_in(CLIENT)
    before = await figures(client)
    assert (await client.get("/threads/canary-thread")).status_code == 404
    assert (await client.get("/canary/path")).status_code == 404
    assert (await client.request("PROPFIND", "/health")).status_code == 405
    after = await figures(client)
    name = "mosaic_http_requests_total"
    thread = {"method": "GET", "route": "/threads/{thread_id}"}
    assert more(before, after, name, **thread, status="404") == 1
    assert more(before, after, name, method="other", route="/health", status="405") == 1
    assert {key for key in after if "canary" in str(key).lower()} == set()


async def test_nothing_of_a_person_is_in_the_figures(service: Server) -> None:
    client = await service.log_in(CLIENT)
    person = (await client.get("/auth/me")).json()
    await send(client, Sent("My canary-words are about the canary-employer", "canary-thread"))
    text = (await client.get("/health/metrics")).text.lower()
    assert "mosaic_runs_total" in text
    for secret in ("canary", CLIENT, "demo.local", person["id"].lower()):
        assert secret not in text


async def test_only_this_machine_and_operators_may_read(service: Server) -> None:
    anonymous, client = service.client(), await service.log_in(CLIENT)
    operator = await service.log_in(OPERATOR)
    assert (await anonymous.get("/health/metrics")).status_code == 200
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        through_a_proxy = {name: "127.0.0.1"}
        for reader, status in ((anonymous, 401), (client, 403), (operator, 200)):
            answer = await reader.get("/health/metrics", headers=through_a_proxy)
            assert answer.status_code == status, (name, status)
            assert ("mosaic_" in answer.text) == (status == 200)


@pytest.fixture
async def claude(server_url: str) -> AsyncIterator[Server]:
    async with (
        running_standin() as standin,
        running_service(
            server_url,
            demo=True,
            ANTHROPIC_API_KEY="k",
            ANTHROPIC_BASE_URL=standin.url,
            MOSAIC_MODEL="fault:invalid_key:1",
        ) as server,
    ):
        yield server


async def test_a_failing_provider_and_its_tokens_are_counted(claude: Server) -> None:
    operator = await claude.log_in(OPERATOR)
    model = {"provider": "anthropic", "model": "fault:invalid_key:1"}
    await ask(operator, "What is the bottleneck?")
    first = await figures(operator)
    failed = {**model, "outcome": "failed", "code": "LLM_4XX"}
    assert value(first, "mosaic_model_calls_total", **failed) == 1
    assert value(first, "mosaic_runs_total", outcome="success", code="") == 1
    assert value(first, "mosaic_model_tokens_total", **model, kind="input") == 0
    answer = await ask(operator, "What is the bottleneck?")
    second = await figures(operator)
    assert value(second, "mosaic_model_calls_total", **model, outcome="ok", code="") > 0
    used = answer.last["usage"]
    for kind, field in (("input", "inputTokens"), ("output", "outputTokens")):
        counted = value(second, "mosaic_model_tokens_total", **model, kind=kind)
        assert counted == sum(usage[field] for usage in used) > 0
    assert value(second, "mosaic_model_cost_dollars_total", **model) > 0


async def test_a_worker_without_http_shows_its_own(server_url: str) -> None:
    async with running_service(server_url, "--no-worker", demo=True) as server:
        port = free_port()
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "api.cli", "worker", "--metrics-port", str(port)),
            cwd=server.home,
            env=server.environment,
        )
        try:
            await ask(await server.log_in(CLIENT), "How is my confidence going?")
            async with httpx2.AsyncClient() as client:
                shown = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
            served = await figures(server.client())
        finally:
            worker.terminate()
            await worker.wait()
    assert 'mosaic_runs_total{code="",outcome="success"} 1.0' in shown
    assert value(served, "mosaic_runs_total", outcome="success", code="") == 0


async def test_the_figures_are_there_when_the_database_is_not(server_url: str) -> None:
    async with running_service(server_url, demo=True) as server:
        client = server.client()
        url = server.environment["DATABASE_URL"]
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (name,),
            )
            try:
                found = await figures(client)
            finally:
                admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        await server.stop()
        assert server.returncode == 0, "told to leave just as its worker fails, it leaves"
    assert value(found, "mosaic_database_up") == 0
    assert not any(name == "mosaic_runs_open" for name, _ in found)
    assert value(found, "process_resident_memory_bytes") > 10_000_000
