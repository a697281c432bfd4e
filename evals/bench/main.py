"""`mosaic bench`: the product beside a bare proxy, measured in the same run."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from evals.bench import embed, flat, memory, soak, start, streams, throughput, ttft, verify
from evals.bench.cores import CORES, kept_off_the_server
from evals.bench.rig import CannotMeasure, Figure
from evals.server import ServerFailed

BENCHES: dict[str, Callable[[bool], Awaitable[list[Figure]]]] = {
    "ttft": ttft.run,
    "throughput": throughput.run,
    "streams": streams.run,
    "flat": flat.run,
    "start": start.run,
    "memory": memory.run,
    "verify": verify.run,
    "embed": embed.run,
}
"""By name: each takes whether to be quick and returns its figures."""

Found = dict[str, list[Figure]]


def main(name: str | None, as_json: bool, quick: bool = False) -> int:
    """Run one benchmark, or all but the soak. `quick` takes seconds and proves only that they run.

    Returns 0 when they could be measured, 2 when not. Limits are for a quiet machine: they are
    shown and do not fail the run.
    """
    names = [*BENCHES, soak.NAME]
    if name is not None and name not in names:
        print(f"mosaic bench: no benchmark {name}. There are: {', '.join(names)}.", file=sys.stderr)
        return 2
    found: Found = {}
    try:
        if name == soak.NAME:
            return soak.main(as_json, quick)
        for one in [name] if name else BENCHES:
            with Console(stderr=True).status(f"measuring {one}"):
                found[one] = asyncio.run(_run(BENCHES[one], quick))
    except (CannotMeasure, ServerFailed, OSError) as error:
        print(f"mosaic bench: {error}", file=sys.stderr)
        return 2
    if as_json:
        print(json.dumps(as_data(found)))
    else:
        Console().print(as_table(found))
        print(machine())
    return 0


async def _run(bench: Callable[[bool], Awaitable[list[Figure]]], quick: bool) -> list[Figure]:
    with kept_off_the_server():
        return await bench(quick)


def machine() -> str:
    """What the figures were measured on: they mean little where others were at work."""
    cores = "one for the server" if len(CORES) > 1 else "shared by all"
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{len(CORES) or os.cpu_count()} cores, {cores}; load of 1, 5 and 15 minutes: {load}."


def as_data(found: Found) -> dict[str, Any]:
    """For `--json`."""
    return {
        name: [{**asdict(f), "ratio": f.ratio, "within": f.within} for f in figures]
        for name, figures in found.items()
    }


def as_table(found: Found) -> Table:
    """The product, the floor, the ratio and the limit, figure by figure."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    for title in ("Mosaic", "floor", "ratio", "limit"):
        table.add_column(title, justify="right", no_wrap=True)
    for figures in found.values():
        for figure in figures:
            table.add_row(*_row(figure))
        table.add_section()
    return table


def _row(figure: Figure) -> list[str]:
    limit, ratio = "", "" if figure.ratio is None else f"{figure.ratio:.1f} ×"
    if figure.limit is not None:
        sign = "≥" if figure.higher_is_better else "≤"
        mark = "[green]✓[/green]" if figure.within else "[red]✗[/red]"
        limit = f"{sign} {number(figure.limit)} {mark}"
    floor = "" if figure.floor is None else number(figure.floor)
    return [figure.name, f"{number(figure.mosaic)} {figure.unit}", floor, ratio, limit]


def number(value: float) -> str:
    """With as many digits as mean something: 3.27, 41.5, 1,234."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
