"""`mosaic worker` is told to leave while servers and another worker stay: it takes nothing new,
finishes or hands over what it has, and goes. The readers are at the servers and notice nothing."""

from __future__ import annotations

import asyncio

from agent.jobs import STALLED_SECONDS
from tests.agui import Sent, assert_whole, follow, send
from tests.faults.fleet import Fleet, attempts, begin, frozen, hurried, leave, until


async def test_it_finishes_what_it_has_and_takes_nothing_new(fleet: Fleet) -> None:
    here, there = fleet.operators
    leaving, staying = fleet.workers
    slow = Sent("hello")
    behind, elsewhere = Sent("and now?", slow.thread_id), Sent("hello")
    with frozen(staying):
        begun = await begin(fleet, slow, "fixed:60x50")
        readers = [
            asyncio.create_task(follow(client, slow.run_id, after=begun[-1].id))
            for client in fleet.operators
        ]
        waiting = [asyncio.create_task(send(here, behind))]
        going = asyncio.create_task(leave(leaving))
        # It has heard by then, and the slow answer goes on for two seconds more.
        await asyncio.sleep(1)
        waiting.append(asyncio.create_task(send(there, elsewhere)))
        await going
        assert attempts(fleet, slow, behind, elsewhere) == [1, 0, 0]
        for rest in await asyncio.gather(*readers):
            assert_whole([*begun, *rest])
            assert rest[-1].event["outcome"] == {"type": "success"}
    for tape in await asyncio.gather(*waiting):
        assert_whole(tape)
        assert tape[-1].event["outcome"] == {"type": "success"}
    assert attempts(fleet, slow, behind, elsewhere) == [1, 1, 1]


async def test_what_it_cannot_finish_goes_to_another_at_once(fleet: Fleet) -> None:
    here, there = fleet.operators
    staying, leaving = fleet.workers
    await hurried(leaving)
    slow = Sent("hello")
    behind = Sent("and now?", slow.thread_id)
    with frozen(staying):
        begun = await begin(fleet, slow, "fixed:2000x50")
    readers = [
        asyncio.create_task(follow(client, slow.run_id, after=begun[-1].id))
        for client in fleet.operators
    ]
    waiting = asyncio.create_task(send(there, behind))
    await leave(leaving)
    # Else it would be taken up as that of a worker that has died.
    async with asyncio.timeout(STALLED_SECONDS):
        await until(lambda: attempts(fleet, slow) == [2])
    for rest in await asyncio.gather(*readers):
        assert_whole([*begun, *rest])
        assert rest[-1].event["outcome"] == {"type": "success"}
    assert_whole(await waiting)
    assert attempts(fleet, slow, behind) == [2, 1]
    again = await follow(here, slow.run_id, after=0)
    assert again == await follow(there, slow.run_id, after=0)
