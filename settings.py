"""All settings, typed and in one place. Read from the environment and from `.env`."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from errors import ConfigError

VERSION = "0.1.0"
SCHEMA_VERSION = "v2"


class Settings(BaseSettings):
    """Settings by environment; every one is optional. `README.md` lists them."""

    # The prefix keeps the names of fields from being read as settings: $HOME is not ours.
    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="MOSAIC_", extra="ignore", populate_by_name=True
    )

    database_url: str | None = Field(None, alias="DATABASE_URL")
    home: Path = Field(Path(".mosaic"), alias="MOSAIC_HOME")
    host: str = Field("127.0.0.1", alias="MOSAIC_HOST")
    port: int = Field(8000, alias="MOSAIC_PORT", ge=1, le=65535)

    anthropic_api_key: SecretStr | None = Field(
        None, validation_alias=AliasChoices("ANTHROPIC_API_KEY", "CLAUDE_API_KEY")
    )
    anthropic_base_url: str | None = Field(None, alias="ANTHROPIC_BASE_URL")
    model: str = Field("claude-sonnet-5-5", alias="MOSAIC_MODEL")
    model_timeout: float = Field(30.0, alias="MOSAIC_MODEL_TIMEOUT", gt=0)

    daily_cost_usd: Decimal = Field(Decimal(20), alias="MOSAIC_DAILY_COST_USD", ge=0)
    user_daily_cost_usd: Decimal = Field(Decimal(5), alias="MOSAIC_USER_DAILY_COST_USD", ge=0)
    daily_tokens: int = Field(20_000_000, alias="MOSAIC_DAILY_TOKENS", ge=0)
    user_daily_tokens: int = Field(5_000_000, alias="MOSAIC_USER_DAILY_TOKENS", ge=0)

    summary_daily_cost_usd: Decimal = Field(Decimal(2), alias="MOSAIC_SUMMARY_DAILY_COST_USD", ge=0)

    user_messages_per_minute: int = Field(30, alias="MOSAIC_USER_MESSAGES_PER_MINUTE", ge=1)
    waiting_runs: int = Field(500, alias="MOSAIC_WAITING_RUNS", ge=1)
    user_waiting_runs: int = Field(20, alias="MOSAIC_USER_WAITING_RUNS", ge=1)
    streams: int = Field(2000, alias="MOSAIC_STREAMS", ge=1)
    user_streams: int = Field(100, alias="MOSAIC_USER_STREAMS", ge=1)
    drain_seconds: float = Field(12.0, alias="MOSAIC_DRAIN_SECONDS", ge=0, le=300)
    database_connections: int = Field(20, alias="MOSAIC_DATABASE_CONNECTIONS", ge=4)

    embedder: Literal["minilm", "http"] = Field("minilm", alias="MOSAIC_EMBEDDER")
    embeddings_base_url: str | None = Field(None, alias="EMBEDDINGS_BASE_URL")
    embeddings_api_key: SecretStr | None = Field(None, alias="EMBEDDINGS_API_KEY")
    embeddings_model: str | None = Field(None, alias="EMBEDDINGS_MODEL")
    embeddings_daily_tokens: int = Field(20_000_000, alias="EMBEDDINGS_DAILY_TOKENS", ge=0)
    embeddings_requests_per_minute: int = Field(600, alias="EMBEDDINGS_REQUESTS_PER_MINUTE", ge=1)

    coach_name: str = Field("Damian", alias="COACH_NAME")
    coach_booking_url: str | None = Field(None, alias="COACH_BOOKING_URL")
    timezone: str = Field("UTC", alias="MOSAIC_TIMEZONE")
    secure_cookies: bool = Field(False, alias="MOSAIC_SECURE_COOKIES")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", alias="MOSAIC_LOG_LEVEL"
    )

    otlp_endpoint: str | None = Field(None, alias="OTEL_EXPORTER_OTLP_ENDPOINT")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is not a time zone such as Europe/Paris") from error
        return value

    @property
    def uses_claude(self) -> bool:
        """True when a key is set and the offline model is not forced."""
        return self.anthropic_api_key is not None and self.model != "offline"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process. Raises ConfigError naming each wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"  {'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        ]
        raise ConfigError("These settings are wrong:\n" + "\n".join(lines)) from error
