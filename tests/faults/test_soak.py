"""A short soak: the same as `mosaic bench soak`, with few runs."""

from __future__ import annotations

from pathlib import Path

from rich.progress import Progress

from memory import migrations
from tests.faults.soak import Plan, said, soak

PLAN = Plan(runs=32, clients=5, operators=3, seed=7, every=4.0, database=False)


async def test_every_promise_holds_while_processes_die(server_url: str, tmp_path: Path) -> None:
    with migrations.scratch_database(server_url) as url, Progress(disable=True) as progress:
        migrations.up(url)
        report = await soak(PLAN, tmp_path, url, progress)
    assert not report.broken, said(report)
    assert report.runs >= PLAN.runs and report.effects > 0
    assert report.outcomes["success"] > PLAN.runs // 2, said(report)
