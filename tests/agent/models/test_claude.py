"""The Claude adapter: the real SDK over real HTTP to the stand-in for the Messages API."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from structlog.testing import capture_logs

from agent.models.claude import Claude
from agent.models.retry import RetryBudget
from agent.models.types import (
    AssistantTurn,
    BlockEnd,
    Cited,
    Model,
    ModelEvent,
    ModelRequest,
    Stop,
    Text,
    ToolCall,
    ToolResult,
    ToolTurn,
    UserTurn,
)
from errors import ModelUnavailable
from tests.agent.models.conversation import (
    CEDAR_STUCK,
    CEDAR_UNSENT,
    NO_TOUCH,
    OAK_FAILED,
    TOOLS,
    FailuresArgs,
    make_request,
    make_tool,
)
from tests.standin import Standin, running_standin
from tests.standin.steps import Call, Citation, Say

QUICK = RetryBudget(attempts=4, seconds=5.0, first_wait=0.01, longest_wait=0.05)
QUESTION = UserTurn("Who has not been contacted?")
CALL = ToolCall("toolu_1", "get_failures", {"bucket": "stale_touch"})

MakeClaude = Callable[..., Claude]


@pytest.fixture
async def standin() -> AsyncIterator[Standin]:
    async with running_standin() as running:
        yield running


@pytest.fixture
async def claude(standin: Standin) -> AsyncIterator[MakeClaude]:
    """Makes adapters that speak to the stand-in; closes them after the test."""
    made: list[Claude] = []

    def make(model: str = "honest", **settings: object) -> Claude:
        settings = {"base_url": standin.url, "api_key": "key", "retries": QUICK, **settings}
        made.append(Claude(model=model, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for adapter in made:
        await adapter.close()


async def ask(model: Model, request: ModelRequest | None = None) -> list[ModelEvent]:
    return [event async for event in model.stream(request or make_request())]


async def ask_until_failure(
    model: Model, request: ModelRequest | None = None
) -> tuple[list[ModelEvent], ModelUnavailable]:
    seen: list[ModelEvent] = []
    with pytest.raises(ModelUnavailable) as raised:
        async for event in model.stream(request or make_request()):
            seen.append(event)
    return seen, raised.value


def text_of(events: list[ModelEvent]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Text))


def stop_of(events: list[ModelEvent]) -> Stop:
    assert isinstance(events[-1], Stop)
    assert sum(isinstance(event, Stop) for event in events) == 1
    return events[-1]


def after_results(*results: ToolResult) -> ModelRequest:
    return make_request(QUESTION, AssistantTurn("", (CALL,)), ToolTurn(results))


async def test_text_arrives_in_pieces_each_block_ended_and_one_stop(claude: MakeClaude) -> None:
    events = await ask(claude("fixed:12x0"))
    assert sum(isinstance(event, Text) for event in events) == 12
    assert events[-2] == BlockEnd(0)
    assert stop_of(events).reason == "end"


async def test_citations_become_the_ids_of_the_facts(claude: MakeClaude, standin: Standin) -> None:
    # The search result of the missing item comes first and shifts the index of the others.
    earlier = ToolResult("toolu_0", "get_lead", missing=(NO_TOUCH,))
    request = make_request(
        UserTurn("Earlier."),
        AssistantTurn("", (ToolCall("toolu_0", "get_lead", {"lead": "Elm"}),)),
        ToolTurn((earlier,)),
        AssistantTurn("Nothing there."),
        QUESTION,
        AssistantTurn("", (CALL,)),
        ToolTurn((ToolResult("toolu_1", "get_failures", (CEDAR_STUCK, OAK_FAILED, CEDAR_UNSENT)),)),
    )
    events = await ask(claude("honest"), request)
    said = {
        event.block: "".join(
            e.delta for e in events if isinstance(e, Text) and e.block == event.block
        )
        for event in events
        if isinstance(event, BlockEnd)
    }
    cited = {event.block: event.fact_ids for event in events if isinstance(event, Cited)}
    ids = {"9 days": "f1", "nine days": "f1", "not sent": "f2", "failed runs": "f3"}
    for block, fact_ids in cited.items():
        assert fact_ids == next((ids[words],) for words in ids if words in said[block])
    assert sorted(fact_ids[0] for fact_ids in cited.values()) == ["f1", "f2", "f3"]
    assert len(said) == len(cited) + 2  # the opening and the closing cite nothing


async def test_a_citation_of_several_blocks_cites_all_their_facts(
    claude: MakeClaude, standin: Standin
) -> None:
    source, title = "fact:failures:Cedar Contractors", "Cedar Contractors"
    both = Citation(0, 0, 2, source, title, "")
    oak = Citation(1, 0, 1, "fact:failures:Oak Family Law", "Oak Family Law", "")
    standin.script([Say("All three.", (both, oak))])
    result = ToolResult("toolu_1", "get_failures", (CEDAR_STUCK, CEDAR_UNSENT, OAK_FAILED))
    events = await ask(claude(), after_results(result))
    cited = [event.fact_ids for event in events if isinstance(event, Cited)]
    assert cited == [("f1", "f2"), ("f1", "f2", "f3")]


@pytest.mark.parametrize(
    "citation",
    [
        Citation(7, 0, 1, "fact:failures:Oak Family Law", "Oak Family Law", ""),
        Citation(0, 5, 6, "fact:failures:Oak Family Law", "Oak Family Law", ""),
        Citation(0, 1, 0, "fact:failures:Oak Family Law", "Oak Family Law", ""),
        Citation(-1, 0, 1, "fact:failures:Oak Family Law", "Oak Family Law", ""),
        Citation(0, 0, 1, "fact:failures:Somebody else", "Somebody else", ""),
    ],
)
async def test_a_citation_of_nothing_is_dropped_and_logged(
    claude: MakeClaude, standin: Standin, citation: Citation
) -> None:
    standin.script([Say("Twelve.", (citation,))])
    with capture_logs() as logs:
        events = await ask(
            claude(), after_results(ToolResult("toolu_1", "get_failures", (OAK_FAILED,)))
        )
    assert not [event for event in events if isinstance(event, Cited)]
    assert text_of(events) == "Twelve."
    assert [entry["event"] for entry in logs] == ["citation_unresolved"]


async def test_citing_what_is_missing_cites_no_fact(claude: MakeClaude, standin: Standin) -> None:
    standin.script([Say("It is not there.", (Citation(0, 0, 1, "missing:get_failures", "", ""),))])
    with capture_logs() as logs:
        events = await ask(
            claude(), after_results(ToolResult("toolu_1", "get_failures", (), (NO_TOUCH,)))
        )
    assert not [event for event in events if isinstance(event, Cited)]
    assert logs == []


async def test_a_tool_call_comes_once_and_whole(claude: MakeClaude, standin: Standin) -> None:
    long = {"lead": "Cedar Contractors of Long Name and Sons", "note": "äöü 🙂"}
    standin.script([Say("One moment. "), Call("get_lead", long), Call("get_failures", {})])
    events = await ask(claude())
    calls = [event for event in events if isinstance(event, ToolCall)]
    assert [(call.name, call.args) for call in calls] == [("get_lead", long), ("get_failures", {})]
    assert calls[0].id != calls[1].id
    assert stop_of(events).reason == "tools"


async def test_nulls_that_mean_not_given_are_taken_out(
    claude: MakeClaude, standin: Standin
) -> None:
    window = {"since": "2026-01-01", "days": None}
    standin.script([Call("get_failures", {"bucket": None, "limit": None, "window": window})])
    events = await ask(claude())
    call = next(event for event in events if isinstance(event, ToolCall))
    assert call.args == {"window": {"since": "2026-01-01"}}
    assert FailuresArgs.model_validate(call.args).limit == 20


@pytest.mark.parametrize("fault", ["bad_json", "not_an_object"])
async def test_arguments_that_are_no_object_are_marked_invalid(
    claude: MakeClaude, fault: str
) -> None:
    events = await ask(claude(f"fault:{fault}"))
    call = next(event for event in events if isinstance(event, ToolCall))
    assert list(call.args) == ["__invalid__"]
    assert "Cedar" in call.args["__invalid__"]


async def test_unknown_tools_and_bad_arguments_are_passed_on_as_they_are(
    claude: MakeClaude,
) -> None:
    unknown = await ask(claude("fault:unknown_tool"))
    assert next(e for e in unknown if isinstance(e, ToolCall)).name == "open_the_vault"
    bad = await ask(claude("fault:bad_arguments"))
    assert next(e for e in bad if isinstance(e, ToolCall)).args["limit"] == "many"


async def test_usage_counts_what_the_cache_gave_and_took(claude: MakeClaude) -> None:
    model = claude("fixed:40x0")
    first = stop_of(await ask(model)).usage
    again = stop_of(await ask(model, make_request(UserTurn("Good morning.")))).usage
    assert (first.provider, first.model) == ("anthropic", "fixed:40x0")
    assert first.cache_write_input_tokens > 500
    assert first.cached_input_tokens == 0
    assert 500 < again.cached_input_tokens < again.input_tokens
    assert again.cached_input_tokens + again.cache_write_input_tokens == again.input_tokens
    assert first.output_tokens > 20


async def test_the_next_turn_reads_the_conversation_from_the_cache(claude: MakeClaude) -> None:
    model = claude("echo")
    turns = [UserTurn("A long story. " * 200)]
    first = stop_of(await ask(model, make_request(*turns))).usage
    more = make_request(*turns, AssistantTurn("I see."), UserTurn("And then?"))
    second = stop_of(await ask(model, more)).usage
    assert second.cached_input_tokens == first.input_tokens


@pytest.mark.parametrize(
    ("fault", "requests"),
    [
        ("529:2", 3),
        ("500:1", 2),
        ("error_before:1", 2),
        ("api_error_before:2", 3),
        ("cut_before:1", 2),
        ("connect_hang:1", 2),
        ("read_timeout:1", 2),
    ],
)
async def test_a_passing_failure_before_the_first_word_is_not_seen(
    claude: MakeClaude, standin: Standin, fault: str, requests: int
) -> None:
    events = await ask(claude(f"fault:{fault}", read_timeout=0.3))
    assert text_of(events)
    assert stop_of(events).reason == "end"
    assert len(standin.requests) == requests


async def test_a_rate_limit_is_waited_out_as_long_as_the_provider_says(
    claude: MakeClaude, standin: Standin
) -> None:
    started = time.monotonic()
    assert text_of(await ask(claude("fault:429:1")))
    assert time.monotonic() - started >= 1.0
    assert len(standin.requests) == 2


async def test_a_rate_limit_longer_than_the_budget_is_said_at_once(
    claude: MakeClaude, standin: Standin
) -> None:
    async with asyncio.timeout(60):
        _, failure = await ask_until_failure(claude("fault:429_long"))
    assert (failure.code, failure.retry_after, failure.retryable) == ("LLM_429", 90, True)
    assert "90 s" in failure.detail
    assert len(standin.requests) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("529", "LLM_5XX"),
        ("500", "LLM_5XX"),
        ("error_before", "LLM_5XX"),
        ("cut_before", "LLM_NETWORK"),
    ],
)
async def test_a_failure_that_stays_is_given_up_after_the_budget(
    claude: MakeClaude, standin: Standin, fault: str, code: str
) -> None:
    seen, failure = await ask_until_failure(claude(f"fault:{fault}"))
    assert (seen, failure.code, failure.retryable) == ([], code, True)
    assert len(standin.requests) == QUICK.attempts


@pytest.mark.parametrize(
    ("fault", "words"),
    [("invalid_key", "ANTHROPIC_API_KEY"), ("404", "MOSAIC_MODEL"), ("400", "HTTP 400")],
)
async def test_what_will_not_pass_is_not_tried_again(
    claude: MakeClaude, standin: Standin, fault: str, words: str
) -> None:
    _, failure = await ask_until_failure(claude(f"fault:{fault}"))
    assert (failure.code, failure.retryable) == ("LLM_4XX", False)
    assert words in failure.detail
    assert len(standin.requests) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [("overloaded_after", "LLM_5XX"), ("cut", "LLM_NETWORK"), ("half_open", "LLM_NETWORK")],
)
async def test_after_the_first_word_nothing_is_tried_again(
    claude: MakeClaude, standin: Standin, fault: str, code: str
) -> None:
    seen, failure = await ask_until_failure(claude(f"fault:{fault}", read_timeout=0.3))
    assert text_of(seen).startswith("Thank you for asking.")
    assert failure.code == code
    assert failure.detail.startswith("The answer stopped in the middle.")
    assert len(standin.requests) == 1


async def test_a_request_that_is_too_long_ends_as_context_overflow(
    claude: MakeClaude, standin: Standin
) -> None:
    events = await ask(claude("fault:context_overflow"))
    assert [stop_of(events).reason] == ["context_overflow"]
    assert len(events) == len(standin.requests) == 1


@pytest.mark.parametrize(
    ("model", "reason", "has_text"),
    [
        ("empty", "end", False),
        ("refusal", "refusal", False),
        ("max_tokens", "max_tokens", True),
        ("pause_turn", "pause", True),
        ("window", "context_overflow", True),
        ("thinking", "end", True),
    ],
)
async def test_every_way_to_stop_has_its_reason(
    claude: MakeClaude, model: str, reason: str, has_text: bool
) -> None:
    events = await ask(claude(model))
    assert stop_of(events).reason == reason
    assert bool(text_of(events)) is has_text


@contextlib.contextmanager
def deaf_port() -> Iterator[int]:
    """A port whose queue is full: connecting to it neither works nor fails."""
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


async def test_a_host_that_does_not_accept_is_given_up_in_time(claude: MakeClaude) -> None:
    with deaf_port() as port:
        started = time.monotonic()
        model = claude(
            base_url=f"http://127.0.0.1:{port}",
            connect_timeout=0.2,
            retries=RetryBudget(attempts=2, first_wait=0.01),
        )
        _, failure = await ask_until_failure(model)
    assert failure.code == "LLM_NETWORK"
    assert "in time" in failure.detail
    assert 0.4 <= time.monotonic() - started < 30.0


async def test_a_closed_port_is_a_network_failure(claude: MakeClaude) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        _, failure = await ask_until_failure(claude(base_url=f"http://127.0.0.1:{port}"))
    assert failure.code == "LLM_NETWORK"


async def test_leaving_the_stream_closes_the_connection(
    claude: MakeClaude, standin: Standin
) -> None:
    stream = claude("fixed:500x20").stream(make_request())
    async for event in stream:
        if isinstance(event, Text):
            break
    assert standin.streaming == 1
    await stream.aclose()
    for _ in range(100):
        await asyncio.sleep(0.02)
        if not standin.streaming:
            break
    assert standin.streaming == 0


async def test_the_request_is_one_that_the_api_takes(claude: MakeClaude, standin: Standin) -> None:
    result = ToolResult("toolu_1", "get_failures", (CEDAR_STUCK, OAK_FAILED), (NO_TOUCH,))
    failed = ToolResult("toolu_2", "get_lead", error="There is no such lead.")
    nothing = ToolResult("toolu_3", "get_lead")
    calls = tuple(
        ToolCall(call_id, name, {})
        for call_id, name in [
            ("toolu_1", "get_failures"), ("toolu_2", "get_lead"), ("toolu_3", "get_lead")
        ]
    )  # fmt: skip
    request = make_request(
        AssistantTurn("Left over from before."),
        QUESTION,
        AssistantTurn(" \n", calls),
        ToolTurn((result, failed, nothing)),
    )
    assert text_of(await ask(claude("honest"), request))
    body = standin.requests[-1]
    assert not {"temperature", "top_p", "top_k"} & body.keys()
    assert [tool["name"] for tool in body["tools"]] == sorted(tool.name for tool in TOOLS)
    assert all(tool["strict"] for tool in body["tools"])
    assert "cache_control" in body["tools"][-1]
    assert ["cache_control" in block for block in body["system"]] == [True, False]
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["user", "assistant", "user"]
    assert [block["type"] for block in body["messages"][1]["content"]] == ["tool_use"] * 3
    results = body["messages"][2]["content"]
    assert ["cache_control" in block for block in results] == [False, False, True]
    assert [part["source"] for part in results[0]["content"]] == [
        "fact:failures:Cedar Contractors",
        "fact:failures:Oak Family Law",
        "missing:get_failures",
    ]
    assert results[1]["is_error"] is True
    assert results[2]["content"] == "Nothing was found."


async def test_a_model_answers_at_once_where_it_can_and_has_room_where_it_thinks(
    claude: MakeClaude, standin: Standin
) -> None:
    await ask(claude("claude-sonnet-5-5"), make_request(max_tokens=700))
    body = standin.requests[-1]
    assert (body["thinking"], body["max_tokens"]) == ({"type": "between_tools"}, 700)
    await ask(claude("claude-opus-5-5"), make_request(max_tokens=700))
    body = standin.requests[-1]
    assert "thinking" not in body
    assert body["max_tokens"] == 4700


async def test_more_tools_than_can_be_strict_are_all_offered(
    claude: MakeClaude, standin: Standin
) -> None:
    tools = tuple(make_tool(f"get_part_{n:02}", "A part.", FailuresArgs) for n in range(30))
    writing = make_tool("update_part", "Change a part.", FailuresArgs, "gated")
    await ask(claude("echo"), make_request(tools=(*tools, writing)))
    sent = standin.requests[-1]["tools"]
    strict = [tool["name"] for tool in sent if tool.get("strict")]
    assert len(sent) == 31
    assert 0 < len(strict) <= 20
    assert "update_part" in strict


async def test_tools_too_complex_to_be_strict_are_sent_as_ordinary_ones(
    claude: MakeClaude, standin: Standin
) -> None:
    model = claude("fault:grammar")
    assert text_of(await ask(model))
    assert text_of(await ask(model))
    strict = [any(tool.get("strict") for tool in body["tools"]) for body in standin.requests]
    assert strict == [True, False, False]
