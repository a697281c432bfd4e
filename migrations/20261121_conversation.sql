-- Purpose: threads, their messages, the runs that answer them, and what each run did.
-- Rollback: 20261121_conversation_rollback.sql
-- Depends: 20261121_identity

CREATE TABLE threads (
    id         text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._:-]{1,128}$'),
    owner_id   text NOT NULL REFERENCES users ON DELETE CASCADE,
    title      text NOT NULL DEFAULT '',
    last_turn  integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX threads_by_owner ON threads (owner_id, updated_at DESC, id);
SELECT secure_personal('threads');

CREATE TABLE runs (
    id                  text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._:-]{1,128}$'),
    thread_id           text NOT NULL REFERENCES threads ON DELETE CASCADE,
    owner_id            text NOT NULL REFERENCES users ON DELETE CASCADE,
    turn                integer NOT NULL,
    status              text NOT NULL DEFAULT 'queued'
                        CHECK (status IN ('queued', 'running', 'success', 'interrupted',
                                          'cancelled', 'error')),
    -- A run that goes on after an approval continues the one that stopped for it; the root is
    -- where the chain began, and the checkpoint's thread. Each run is continued once.
    continues           text UNIQUE REFERENCES runs ON DELETE CASCADE,
    root_id             text NOT NULL REFERENCES runs ON DELETE CASCADE,
    request_hash        text NOT NULL,
    attempt             integer NOT NULL DEFAULT 0,
    job_id              bigint,
    provider            text,
    model               text,
    usage               jsonb,
    error_code          text,
    error_message       text,
    cancel_requested_at timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    started_at          timestamptz,
    ended_at            timestamptz,
    UNIQUE (thread_id, turn)
);
CREATE INDEX runs_by_owner ON runs (owner_id);
CREATE INDEX runs_by_root ON runs (root_id);
CREATE INDEX runs_stopped ON runs (created_at) WHERE status = 'interrupted';
CREATE INDEX runs_open ON runs (created_at) WHERE status IN ('queued', 'running');
SELECT secure_personal('runs');

-- A turn is one run: the user's message is its position 0, the answer follows.
CREATE TABLE messages (
    thread_id  text NOT NULL REFERENCES threads ON DELETE CASCADE,
    id         text NOT NULL CHECK (id ~ '^[A-Za-z0-9._:-]{1,128}$'),
    owner_id   text NOT NULL REFERENCES users ON DELETE CASCADE,
    run_id     text NOT NULL REFERENCES runs ON DELETE CASCADE,
    turn       integer NOT NULL,
    position   integer NOT NULL,
    role       text NOT NULL CHECK (role IN ('user', 'assistant')),
    content    text NOT NULL,
    metadata   jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (thread_id, id),
    UNIQUE (thread_id, turn, position)
);
CREATE INDEX messages_by_run ON messages (run_id);
CREATE INDEX messages_by_owner ON messages (owner_id);
SELECT secure_personal('messages');

-- The tape of a run. The table is the truth; a notification only wakes its readers.
CREATE TABLE run_events (
    run_id   text NOT NULL REFERENCES runs ON DELETE CASCADE,
    seq      integer NOT NULL,
    owner_id text NOT NULL REFERENCES users ON DELETE CASCADE,
    event    text NOT NULL,
    PRIMARY KEY (run_id, seq)
);
CREATE INDEX run_events_by_owner ON run_events (owner_id);
SELECT secure_personal('run_events');

-- Each call once: a run that is taken up again finds its finished calls here.
CREATE TABLE tool_calls (
    run_id       text NOT NULL REFERENCES runs ON DELETE CASCADE,
    tool_call_id text NOT NULL,
    owner_id     text NOT NULL REFERENCES users ON DELETE CASCADE,
    position     integer NOT NULL,
    step         integer NOT NULL,
    tool         text NOT NULL,
    args         jsonb NOT NULL,
    result       jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, tool_call_id)
);
CREATE INDEX tool_calls_by_owner ON tool_calls (owner_id);
SELECT secure_personal('tool_calls');

CREATE TABLE receipts (
    id         text PRIMARY KEY,
    run_id     text NOT NULL REFERENCES runs ON DELETE CASCADE,
    thread_id  text NOT NULL,
    message_id text NOT NULL,
    owner_id   text NOT NULL REFERENCES users ON DELETE CASCADE,
    receipt    jsonb NOT NULL,
    facts      jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (thread_id, message_id) REFERENCES messages ON DELETE CASCADE
);
CREATE INDEX receipts_by_run ON receipts (run_id);
CREATE INDEX receipts_by_message ON receipts (thread_id, message_id);
CREATE INDEX receipts_by_owner ON receipts (owner_id);
SELECT secure_personal('receipts');
