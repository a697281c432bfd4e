"""The benchmark of recall on a conversation written here: shares by hand, and what it prints."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evals.bench.locomo import Asked, read_talks
from evals.bench.recall import shares
from evals.bench.rig import CannotMeasure
from evals.server import ROOT

SECONDS = 180
TALK = {
    "speaker_a": "Ann",
    "speaker_b": "Bo",
    "session_1_date_time": "1:56 pm on 8 May, 2023",
    "session_1": [
        {"speaker": "Ann", "dia_id": "D1:1", "text": "Hello Bo! How was your week?"},
        {"speaker": "Bo", "dia_id": "D1:2", "text": "I adopted a grey cat called Pluto."},
        {"speaker": "Ann", "dia_id": "D1:3", "text": "Look!", "blip_caption": "a red canoe"},
    ],
    "session_2_date_time": "9:05 am on 1 June, 2023",
    "session_2": [
        {"speaker": "Bo", "dia_id": "D2:1", "text": "Pluto ran away and came back."},
        {"speaker": "Ann", "dia_id": "D2:2", "text": "My new job at the bakery starts on Monday."},
    ],
    "qa": [
        {"question": "What pet does Bo have?", "evidence": ["D1:2; D2:1"], "category": 1},
        {"question": "When does Ann start at the bakery?", "evidence": ["D2:2"], "category": 2},
        {"question": "What boat did Ann show?", "evidence": ["D:1:3"], "category": 4},
        {"question": "Who is never named?", "evidence": [], "category": 5},
        {"question": "Which turn is not there?", "evidence": ["D9:9"], "category": 5},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "talk.json").write_text(json.dumps(TALK), encoding="utf-8")
    return tmp_path


def test_a_conversation_is_read(folder: Path) -> None:
    (talk,) = read_talks(folder)
    assert [len(session) for session in talk.sessions] == [3, 2]
    assert talk.sessions[0][2].text == "Look! [shows a red canoe]"
    assert talk.sessions[0][0].at.isoformat() == "2023-05-08T13:56:00+00:00"
    assert talk.asked_at.date().isoformat() == "2023-06-02"
    assert [(asked.category, sorted(asked.evidence)) for asked in talk.questions] == [
        ("multi-hop", ["D1:2", "D2:1"]),
        ("temporal", ["D2:2"]),
        ("single-hop", ["D1:3"]),
    ]


def test_the_share_of_the_evidence_by_depth() -> None:
    asked = Asked("?", "multi-hop", frozenset({"a", "b"}))
    found = ["x", "a", "a", *"cdefgh", "b"]
    assert shares(asked, found) == {5: 0.5, 10: 1.0, 25: 1.0, 50: 1.0}
    assert shares(asked, []) == {5: 0.0, 10: 0.0, 25: 0.0, 50: 0.0}


def test_what_is_no_conversation_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotMeasure, match="no LoCoMo conversation"):
        read_talks(tmp_path)
    (tmp_path / "other.json").write_text('{"qa": []}', encoding="utf-8")
    with pytest.raises(CannotMeasure, match="is no LoCoMo conversation"):
        read_talks(tmp_path)


def test_it_prints_the_shares_last(folder: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "bench", "recall", "--data", str(folder), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout.splitlines()[-1])
    assert data["questions"] == 3
    assert data["overall"]["hybrid"] == {"5": 1.0, "10": 1.0, "25": 1.0, "50": 1.0}
    assert set(data["by_category"]) == {"multi-hop", "temporal", "single-hop"}
    assert {"dense", "lexical", "without words", "without neighbours"} <= set(data["overall"])
    assert data["ms"]["hybrid"]["p50"] > 0


def test_it_says_what_it_needs() -> None:
    command = [sys.executable, "-m", "api.cli", "bench", "recall"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 2 and "--data DIR or --scale N" in done.stderr
