"""Settings: what the environment says, by the names that are documented and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import ConfigError
from settings import Settings, get_settings


def test_a_field_is_no_setting_by_its_own_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """$HOME and $PORT are other people's; data must not land in the user's home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOSAIC_HOME", raising=False)
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "7")
    for name in ("DATABASE_URL", "ANTHROPIC_API_KEY", "COACH_NAME"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings()
    assert (settings.home, settings.host, settings.port) == (Path(".mosaic"), "127.0.0.1", 8000)
    assert settings.model == "claude-sonnet-5-5" and settings.timezone == "UTC"


def test_the_documented_names_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOSAIC_HOME", "/somewhere")
    monkeypatch.setenv("CLAUDE_API_KEY", "sk-1")
    settings = Settings()
    assert settings.home == Path("/somewhere")
    assert settings.anthropic_api_key is not None
    assert settings.anthropic_api_key.get_secret_value() == "sk-1"


def test_a_wrong_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings.cache_clear()
    monkeypatch.setenv("MOSAIC_PORT", "many")
    with pytest.raises(ConfigError, match="MOSAIC_PORT"):
        get_settings()
    get_settings.cache_clear()
