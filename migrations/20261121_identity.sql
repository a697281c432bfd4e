-- Purpose: people, their log-in sessions, and the throttle on log-ins.
-- Rollback: 20261121_identity_rollback.sql
-- Depends: 20261121_foundation

CREATE TABLE users (
    id            text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    email         text NOT NULL UNIQUE CHECK (email = lower(btrim(email)) AND email LIKE '%_@_%'),
    password_hash text NOT NULL,
    role          text NOT NULL DEFAULT 'client' CHECK (role IN ('client', 'operator')),
    display_name  text,
    time_zone     text NOT NULL DEFAULT 'UTC',
    disabled_at   timestamptz,
    last_login    timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now()
);
SELECT secure_personal('users', 'id');

-- The token itself is never stored, only its hash.
CREATE TABLE sessions (
    id          text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    user_id     text NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash  bytea NOT NULL UNIQUE,
    user_data   jsonb NOT NULL DEFAULT '{}',
    user_agent  text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    last_active timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL DEFAULT now() + interval '30 days'
);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at DESC);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
SELECT secure_personal('sessions', 'user_id');

-- Failed log-ins by account and by address, both as keyed digests.
CREATE TABLE login_attempts (
    subject      text NOT NULL,
    window_start timestamptz NOT NULL,
    failures     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (subject, window_start)
);
SELECT secure_system('login_attempts');
