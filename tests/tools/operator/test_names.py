"""No two leads go by the same name."""

from __future__ import annotations

from tools.operator.names import LeadNames


def test_a_short_name_is_kept_only_where_it_means_one_lead() -> None:
    names = LeadNames({"1": "Cedar Contractors quotes", "2": "Cedar Grove site", "3": "The Barn"})
    assert names.aliases("1") == ("Cedar Contractors", "1")
    assert names.aliases("2") == ("Cedar Grove", "2")
    assert names.aliases("3") == ("3",)


def test_a_title_that_two_leads_share_is_told_apart_by_the_id() -> None:
    names = LeadNames({"1": "Cedar", "2": "cedar", "3": "Oak"})
    assert names.subject("1") == "Cedar (1)"
    assert names.subject("2") == "cedar (2)"
    assert names.subject("3") == "Oak"


def test_a_title_is_one_line() -> None:
    assert LeadNames({"1": "Cedar\n  quotes"}).subject("1") == "Cedar quotes"


def test_a_lead_that_came_in_meanwhile_goes_by_its_id() -> None:
    names = LeadNames({"L1": "Oak Family Law"})
    assert (names.subject("L2"), names.aliases("L2")) == ("L2", ("L2",))
