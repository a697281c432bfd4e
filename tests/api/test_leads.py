"""The texts that were made for a lead, as a person reviews them."""

from __future__ import annotations

from tests.service import CLIENT, OPERATOR, Server


async def test_the_newest_text_of_each_kind_for_operators_alone(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    made = (await operator.get("/api/leads/L04/artifacts")).json()["artifacts"]
    assert [text["type"] for text in made] == ["proposal", "positioning", "enrichment"]
    assert made[0]["title"] == "Proposal: Cedar Contractors quotes"
    assert made[0]["html"].startswith("<p>Proposal: Cedar Contractors quotes")
    assert (await operator.get("/api/leads/nobody/artifacts")).json() == {"artifacts": []}
    client = await service.log_in(CLIENT)
    assert (await client.get("/api/leads/L04/artifacts")).status_code == 403
    assert (await service.client().get("/api/leads/L04/artifacts")).status_code == 401
