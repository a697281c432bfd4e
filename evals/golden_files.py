"""The files of golden/: adding a case, finding faults, counting."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from evals.cases import GOLDEN, BadSuite, Case, describe, load, suites
from tools.registry import Slot, Tool, get_tool


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IntentExpect(_Strict):
    """What the offline model makes of a message: one call, several, or none and why."""

    tool: str | None = None
    args: dict[str, Any] = Field(default_factory=dict)
    tools: list[str] = Field(default_factory=list)
    none: Literal["refuse", "smalltalk", "coach", "untracked"] | None = None


class Intent(_Strict):
    """A line of intents.jsonl."""

    id: str
    role: Literal["client", "operator"]
    text: str
    expect: IntentExpect
    tags: list[str] = Field(default_factory=list)


class Card(_Strict):
    kind: str
    level: str
    about: str


class CrisisExpect(_Strict):
    """The card that is shown, or none."""

    crisis: Card | None


class Crisis(_Strict):
    """A line of crisis.jsonl."""

    id: str
    cluster: str
    role: Literal["client", "operator"]
    text: str
    expect: CrisisExpect
    tags: list[str]
    added_because: str


Line = Case | Intent | Crisis
FORMS: dict[str, type[Line]] = {"intents": Intent, "crisis": Crisis}
"""Suites whose lines are no conversations."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line of a file."""

    file: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}"


def add(case: Case, suite: str, folder: Path = GOLDEN) -> str | None:
    """Append the case to a suite; the name of the suite that has its id already, if one does.

    Raises BadSuite when a line of the suites cannot be read.
    """
    for name in suites(folder):
        if any(known.id == case.id for known in load(name, folder)):
            return name
    path = folder / f"{suite}.jsonl"
    text = path.read_bytes() if path.exists() else b""
    separator = "\n" if text and not text.endswith(b"\n") else ""
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(f"{separator}{as_line(case)}\n")
    return None


def as_line(case: Case) -> str:
    """The case as its line, without what it leaves open."""
    data = case.model_dump(mode="json", exclude_none=True)
    if not data["expect"]["args"]:
        del data["expect"]["args"]
    return json.dumps(data, ensure_ascii=False)


def faults(suite: str | None = None, folder: Path = GOLDEN) -> list[Fault]:
    """What is wrong with a suite, or with all: lines that cannot be read, ids used twice, tools
    and arguments that do not exist. Raises BadSuite when there is no such suite."""
    names = _all(folder)
    if suite is not None and suite not in names:
        raise _no_suite(suite, folder)
    found = []
    first: dict[str, str] = {}
    for name in names:
        for number, line in _lines(folder, name):
            place = f"{name}.jsonl:{number}"
            if isinstance(line, ValidationError):
                problems = [describe(line)]
            else:
                problems = list(_problems(line))
                if first.setdefault(line.id, place) != place:
                    problems.append(f"the id {line.id} is that of {first[line.id]}")
            if suite in (None, name):
                found += [Fault(f"{name}.jsonl", number, problem) for problem in problems]
    return found


def counts(suite: str | None = None, folder: Path = GOLDEN) -> dict[str, dict[str, Any]]:
    """How many cases each suite has, in all, by cluster and by tag. Lines that cannot be read are
    not counted. Raises BadSuite when there is no such suite."""
    found = {}
    for name in [suite] if suite else _all(folder):
        lines = [line for _, line in _lines(folder, name) if not isinstance(line, ValidationError)]
        clusters = Counter(line.cluster for line in lines if not isinstance(line, Intent))
        tags = Counter(tag for line in lines for tag in line.tags)
        found[name] = {"cases": len(lines), "clusters": dict(clusters), "tags": dict(tags)}
    return found


def _all(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.jsonl"))


def _no_suite(suite: str, folder: Path) -> BadSuite:
    return BadSuite(f"There is no suite {suite}. There are: {', '.join(_all(folder))}.")


def _lines(folder: Path, suite: str) -> Iterator[tuple[int, Line | ValidationError]]:
    """The numbered lines of a suite, each as what it says or as why it cannot be read."""
    path = folder / f"{suite}.jsonl"
    if not path.is_file():
        raise _no_suite(suite, folder)
    form = FORMS.get(suite, Case)
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            yield number, form.model_validate_json(line)
        except ValidationError as error:
            yield number, error


def _problems(line: Line) -> Iterator[str]:
    """What a readable line says of tools that does not hold."""
    if isinstance(line, Intent):
        names = [*line.expect.tools, *([line.expect.tool] if line.expect.tool else [])]
        args = {line.expect.tool: [line.expect.args]} if line.expect.tool else {}
        yield from _tool_problems(names, args, line.role)
    elif isinstance(line, Case):
        expect = line.expect
        args = {
            name: given if isinstance(given, list) else [given]
            for name, given in expect.args.items()
        }
        yield from _tool_problems(expect.tools, args, line.role)
        yield from (f"{name} has args but is not called" for name in args.keys() - {*expect.tools})
        if expect.approval is not None:
            tool = get_tool(expect.approval)
            if tool is None or tool.effect != "gated" or tool.name not in expect.tools:
                yield f"{expect.approval} cannot be what waits for approval"


def _tool_problems(
    names: list[str], args: dict[str, list[dict[str, Any]]], role: str
) -> Iterator[str]:
    for name in dict.fromkeys(names):
        tool = get_tool(name)
        if tool is None:
            yield f"there is no tool {name}"
        elif not tool.allows(role):
            yield f"{name} is no tool of the {role}"
        else:
            for given in args.get(name, []):
                yield from _argument_problems(tool, given)


def _argument_problems(tool: Tool, given: dict[str, Any]) -> Iterator[str]:
    """Arguments that the tool does not have or would not take. A case names only some of them, and
    leads and experiments by name, for which the service puts ids."""
    fields = tool.args.model_fields
    yield from (f"{tool.name} has no argument {name}" for name in given.keys() - fields.keys())
    try:
        tool.args.model_validate(given)
    except ValidationError as error:
        for item in error.errors():
            name = str(item["loc"][0]) if item["loc"] else ""
            if name in fields and item["type"] != "missing" and not _is_name(fields[name]):
                yield f"{tool.name} would not take {name} = {given[name]!r}: {item['msg']}"


def _is_name(field: FieldInfo) -> bool:
    return any(isinstance(m, Slot) and m.kind in ("lead", "experiment") for m in field.metadata)
