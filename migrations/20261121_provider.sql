-- Purpose: the model provider's circuit breaker, and what each person's answers have cost each day.
-- Rollback: 20261121_provider_rollback.sql
-- Depends: 20261121_conversation

-- One row a provider, shared by all processes. Open while opened_at is set; one process at a
-- time may probe once probe_at has passed.
CREATE TABLE provider_breakers (
    provider     text PRIMARY KEY,
    failures     integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    window_start timestamptz NOT NULL DEFAULT now(),
    opened_at    timestamptz,
    probe_at     timestamptz NOT NULL DEFAULT now()
);
SELECT secure_system('provider_breakers');

-- The day is UTC's. Who deletes their account leaves the sum behind, without a name, so that
-- the cap on everybody's spending cannot be reset by it.
CREATE TABLE usage_days (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id      text REFERENCES users ON DELETE SET NULL,
    day           date NOT NULL,
    input_tokens  bigint NOT NULL DEFAULT 0,
    output_tokens bigint NOT NULL DEFAULT 0,
    cost_usd      numeric(14, 6) NOT NULL DEFAULT 0,
    UNIQUE (owner_id, day)
);
CREATE INDEX usage_days_by_day ON usage_days (day);
SELECT secure_personal('usage_days');

-- Messages of the last minute are counted by it.
CREATE INDEX runs_by_owner_time ON runs (owner_id, created_at);
DROP INDEX runs_by_owner;
