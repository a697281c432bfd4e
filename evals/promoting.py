"""A golden case out of a run: its decisions (tools, arguments, known values), never its prose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from errors import Conflict
from evals.cases import Case
from evals.conversation import Call
from evals.recorded import Known, Recorded, read_run, values_at
from evals.redaction import Redactor

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")
_MADE_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b(?=[a-f]*\d)[0-9a-f]{8}\b")
_NUMBERED = re.compile(r"\b(learning|evidence|reflection|reading|entry) \d+\b")
"""A row of the record that goes by the number which the database gave it."""
SUITES = {"operator": "ops", "client": "coach"}


@dataclass(frozen=True)
class Promoted:
    """A case, the suite it belongs to, and the known facts that no later day would bear out."""

    case: Case
    suite: str
    left_out: list[str]


async def promote(
    run_id: str, *, suite: str | None, because: str | None, before: int, kept: Iterable[str]
) -> Promoted:
    """The case that asks what the run was asked and expects what it decided.

    Raises NotFound without such a run, Conflict when it has not ended with an answer or the demo
    cannot give that answer again, and Invalid when something cannot be redacted with certainty.
    """
    run = await read_run(run_id, before)
    redactor = Redactor(run.strangers, kept)
    facts = [item for item in run.known if _lasts(item)]
    if run.known:
        _refuse_other_records(run)
    values = await _values(run, facts)
    tools = list(dict.fromkeys([*run.wrote_before, *_names(run.calls), *_names(run.proposed)]))
    turns = [redactor.redact(text) for text in run.turns]
    expect = _redact(
        redactor,
        {
            "args": _args([*run.calls, *run.proposed]),
            "facts": _facts(facts, values),
            "missing": [_need(text) for text in run.missing] or False,
        },
    )
    redactor.check()
    case = Case.model_validate(
        {
            "id": f"run-{sha256(run_id.encode()).hexdigest()[:10]}",
            "cluster": "+".join(tools) or "no tool",
            "setup": "demo",
            "role": run.caller.role,
            "turns": turns,
            "expect": {
                "tools": tools,
                **expect,
                "abstain": not run.known and not run.inferred,
                "approval": _waits(run.proposed),
            },
            "tags": ["promoted"],
            "added_because": redactor.replace(
                because or f"A run of {run.ended_at:%Y-%m-%d} decided so."
            ),
        }
    )
    left_out = [f"{item.fact.subject}: {item.fact.label}" for item in run.known if not _lasts(item)]
    return Promoted(case, suite or SUITES[run.caller.role], left_out)


def _names(calls: Sequence[Call]) -> list[str]:
    return [call.tool for call in calls]


def _waits(proposed: Sequence[Call]) -> str | None:
    """The tool that waits for a person. Raises Conflict when several do."""
    names = list(dict.fromkeys(_names(proposed)))
    if len(names) > 1:
        raise Conflict(f"{' and '.join(names)} both wait; a golden case has one approval.")
    return names[0] if names else None


def _refuse_other_records(run: Recorded) -> None:
    """Raises Conflict when the answer rests on another record than the demo's as it was loaded
    before the run, or on what was said before."""
    if any(item.fact.ledger in ("memory", "message") for item in run.known):
        raise Conflict("The answer quotes what was said before, which the demo has not heard.")
    if run.caller.role == "client" and not run.of_demo_client:
        raise Conflict(
            "The answer states facts of a client's own record. A golden case is put to the demo "
            "client, who does not have them."
        )
    if run.caller.role == "operator" and run.strangers:
        raise Conflict(
            f"The ledgers hold {len({name for _, name in run.strangers})} names that are not the "
            "demo's, so that it is not certain what the demo alone would have answered. Ask again "
            "where only the demo is loaded."
        )
    if run.demo_loaded_at is None or run.demo_loaded_at > run.known[0].fact.as_of:
        raise Conflict(
            "The demo was loaded after this run, or not at all, so that its values cannot be "
            "compared. Run `mosaic demo`, ask again and promote that run."
        )


async def _values(run: Recorded, facts: Sequence[Known]) -> dict[tuple[str, str, str], Any]:
    """The facts' values as a demo gives them that has just been loaded, which is the demo every
    eval asks: ages are worked out anew as of its loading. Raises Conflict for one that has changed
    since the run, or that is no fact of such a demo."""
    now, fresh = await values_at(run), await values_at(run, run.demo_loaded_at)
    values = {}
    for item in facts:
        key = item.fact.identity
        values[key] = fresh.get(key) if item.derived else item.value
        if item.derived and now.get(key) != item.value:
            raise Conflict(
                f"{_said(item)} was {item.value} and is no longer: the record has changed since. "
                "Run `mosaic demo --reset`, ask again and promote that run."
            )
        # An age can be told anew. Where more than ages differs, by a threshold that was passed or by
        # what the conversation wrote, a demo just loaded gives another answer.
        same = values[key] == item.value
        if values[key] is None or not (same or (_is_age(item) and not run.wrote_before)):
            raise Conflict(
                f"{_said(item)} is {item.value} only as the demo has aged. Run "
                "`mosaic demo --reset`, ask again and promote that run."
            )
    return values


def _said(item: Known) -> str:
    return f"“{item.fact.label}” of {item.fact.subject}"


def _is_age(item: Known) -> bool:
    return item.fact.unit in ("hours", "days")


def _lasts(item: Known) -> bool:
    """Whether a fact can be expected on another day, on another database: it is no moment, has no
    id that the database made, and is not a refusal told in prose."""
    fact = item.fact
    if item.value is None or item.refusal or _MOMENT.fullmatch(str(item.value)):
        return False
    names = f"{fact.subject}\n{fact.label}"
    return not _MADE_ID.search(f"{names}\n{item.value}") and not _NUMBERED.search(names)


def _need(text: str) -> str:
    """What was missing, in words that are the same on every database: the longest part beside ids
    that one has made."""
    parts = re.split(r"\0", _NUMBERED.sub(r"\1\0", _MADE_ID.sub("\0", text)))
    return max(parts, key=len).strip(" ,(")


def _facts(known: Sequence[Known], values: dict[tuple[str, str, str], Any]) -> list[dict[str, Any]]:
    """The facts as a case expects them, each once."""
    found = []
    for key in dict.fromkeys(item.fact.identity for item in known):
        ledger, subject, label = key
        found.append({"ledger": ledger, "subject": subject, "label": label, "value": values[key]})
    return found


def _args(calls: Sequence[Call]) -> dict[str, list[dict[str, Any]]]:
    """What the calls of each tool were given, but for moments and ids that the database made."""
    found: dict[str, list[dict[str, Any]]] = {}
    for call in calls:
        lasting = {
            name: value
            for name, value in call.args.items()
            if value is not None
            and not _MOMENT.fullmatch(str(value))
            and not _MADE_ID.search(str(value))
        }
        if lasting:
            found.setdefault(call.tool, []).append(lasting)
    return found


def _redact(redactor: Redactor, value: Any) -> Any:
    """The same, its texts redacted. Raises Invalid for a name that is not the demo's."""
    if isinstance(value, dict):
        return {name: _redact(redactor, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_redact(redactor, item) for item in value]
    if isinstance(value, str):
        redactor.refuse_names(value)
        return redactor.redact(value)
    return value
