"""What a person types finds the lead they mean, and several when it fits several."""

from __future__ import annotations

import pytest

from memory.demo.operator_leads import LEADS
from tools.operator.rules.lead_search import LeadName, meant, search

NAMES = [LeadName(item.id, item.title, item.contact) for item in LEADS]


def titles(found: list[LeadName]) -> list[str]:
    return [item.title for item in found]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("L04", "Cedar Contractors quotes"),
        ("l04", "Cedar Contractors quotes"),
        ("Cedar", "Cedar Contractors quotes"),
        ("ceder contractors", "Cedar Contractors quotes"),
        ("Dana Kowalski", "Cedar Contractors quotes"),
        ("the Oak portal", "Oak Family Law portal"),
        ("Summit's proposal", "Summit Realty router"),
        ("granit plumbing", "Granite Plumbing"),
        ("VITA CLINIC", "Vita Clinic booking"),
        ("lindqvist", "Aspen Bakery"),
    ],
)
def test_one_lead_is_meant(query: str, title: str) -> None:
    assert titles(meant(query, NAMES)) == [title]


def test_a_name_that_fits_two_leads_means_both() -> None:
    assert titles(meant("booking", NAMES)) == ["Maple Med Spa booking", "Vita Clinic booking"]


def test_an_exact_name_wins_over_a_longer_one() -> None:
    names = [LeadName("1", "Cedar"), LeadName("2", "Cedar Contractors")]
    assert titles(meant("cedar", names)) == ["Cedar"]


def test_a_similar_beginning_is_found_but_never_meant() -> None:
    assert titles(search("dentist", NAMES)) == ["Harbor Dental intake"]
    assert meant("dentist", NAMES) == []


@pytest.mark.parametrize("query", ["xyz", "of the", "%", "'; DROP TABLE leads; --", "_", "🦷"])
def test_nothing_is_found_for_nonsense(query: str) -> None:
    assert search(query, NAMES) == []


def test_accents_and_case_do_not_matter() -> None:
    assert titles(meant("cafe", [LeadName("1", "Café Élan")])) == ["Café Élan"]


def test_no_leads_at_all() -> None:
    assert search("Cedar", []) == []
