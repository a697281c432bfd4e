"""`mosaic doctor`: what is wrong with the database, and what to do about it."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.database import database_url
from memory.doctor import Report, examine
from settings import get_settings

console = Console()


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")] = False,
) -> None:
    """Examine the database: migrations, indexes, row security, orphans, expired rows, runs,
    tapes, jobs, vectors. Reads only. Exit code 0: healthy, 1: findings, 2: it cannot run."""
    report = examine(database_url(get_settings()))
    if as_json:
        typer.echo(json.dumps(report.as_json()))
    else:
        _print(report)
    if not report.healthy:
        raise typer.Exit(1)


def _print(report: Report) -> None:
    table = Table("table", "rows")
    for name, rows in report.tables.items():
        table.add_row(name, f"{rows:,}")
    console.print(table)
    console.print(f"PostgreSQL {report.server}, migrated to {report.migration or 'nothing'}")
    for finding in report.findings:
        console.print(f"\n[red]{finding.check}[/red] {finding.where}", highlight=False)
        console.print(f"  {finding.detail}", highlight=False)
        if finding.examples:
            console.print(f"  for example {', '.join(finding.examples)}", highlight=False)
        console.print(f"  [bold]{finding.remedy}[/bold]", highlight=False)
    if report.healthy:
        console.print("[green]healthy[/green]")
    else:
        console.print(f"\n{len(report.findings)} findings; docs/RUNBOOK.md says more on each")
