"""Every benchmark runs, quickly; the table and the data say what was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from evals.bench.main import BENCHES, as_data, as_table, main, number
from evals.bench.rig import CannotMeasure, Figure, median, percentile
from evals.server import ROOT

SECONDS = 900


@pytest.fixture(scope="module")
def measured() -> dict[str, list[dict[str, Any]]]:
    """All of them in a process of their own, as they are run; what is measured here means
    nothing."""
    command = [sys.executable, "-m", "api.cli", "bench", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return found


def test_all_run(measured: dict[str, list[dict[str, Any]]]) -> None:
    assert measured.keys() == BENCHES.keys()


@pytest.mark.parametrize("name", BENCHES)
def test_what_each_measures(name: str, measured: dict[str, list[dict[str, Any]]]) -> None:
    figures = measured[name]
    # A database grows by pages: in a few turns perhaps not at all.
    assert figures and all(
        figure["mosaic"] > 0 or (figure["unit"] == "bytes" and figure["mosaic"] == 0)
        for figure in figures
    )
    assert len({figure["name"] for figure in figures}) == len(figures)
    if name != "flat":
        # What the floor has nothing of is not judged either.
        compared = [figure for figure in figures if figure["floor"] is not None]
        assert compared and all(figure["floor"] > 0 and figure["ratio"] for figure in compared)
        assert all(figure["limit"] is None for figure in figures if figure not in compared)


def test_an_unknown_benchmark_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("speed", as_json=False) == 2
    assert "no benchmark speed. There are: ttft, " in capsys.readouterr().err


def test_a_figure_is_shown_with_floor_ratio_and_limit() -> None:
    kept = Figure("first token", "ms", mosaic=6.0, floor=2.0, limit=8.0)
    missed = Figure("runs a second", "/s", mosaic=41.23, limit=60, higher_is_better=True)
    out = StringIO()
    Console(file=out, width=100).print(as_table({"a": [kept, missed]}))
    rows = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert "first token 6.00 ms 2.00 3.0 × ≤ 8.00 ✓" in rows
    assert "runs a second 41.2 /s ≥ 60.0 ✗" in rows
    data = as_data({"a": [kept, missed]})["a"]
    assert [(item["ratio"], item["within"]) for item in data] == [(3.0, True), (None, False)]


def test_numbers_have_the_digits_that_mean_something() -> None:
    assert [number(value) for value in (3.266, 41.52, 1234.5, 0)] == [
        "3.27", "41.5", "1,234", "0.00",
    ]  # fmt: skip


def test_percentiles_are_values_that_were_measured() -> None:
    assert median([3.0, 1.0, 2.0]) == 2.0 and median([4.0, 1.0]) == 1.0
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, share) for share in (1, 50, 95, 100)] == [1.0, 50.0, 95.0, 100.0]
    with pytest.raises(CannotMeasure):
        median([])
