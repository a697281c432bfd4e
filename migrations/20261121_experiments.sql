-- Purpose: a client's experiments, what they learned, what shows it, and how sure they feel.
-- Rollback: 20261121_experiments_rollback.sql
-- Depends: 20261121_identity

-- Every row belongs to its person; the session it was written in is only noted. A row that its
-- owner took back keeps `undone_at` and is read by nothing but the redo. A retried write is
-- known by its idempotency key and told from another one by the digest of its request.
CREATE TABLE experiments (
    id                text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    user_id           text NOT NULL REFERENCES users ON DELETE CASCADE,
    session_id        text REFERENCES sessions ON DELETE SET NULL,
    experiment_name   text NOT NULL CHECK (char_length(btrim(experiment_name)) BETWEEN 1 AND 200),
    description       text CHECK (char_length(description) <= 4000),
    hypothesis        text CHECK (char_length(hypothesis) <= 4000),
    smallest_version  text CHECK (char_length(smallest_version) <= 4000),
    success_metric    text CHECK (char_length(success_metric) <= 4000),
    resources         text CHECK (char_length(resources) <= 4000),
    status            text NOT NULL DEFAULT 'planned' CHECK (status IN
                      ('planned', 'active', 'paused', 'completed', 'reviewed', 'archived')),
    start_date        date,
    review_date       date CHECK (review_date >= start_date),
    confidence_before smallint CHECK (confidence_before BETWEEN 1 AND 10),
    version           integer NOT NULL DEFAULT 1,
    idempotency_key   text,
    request_hash      text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    started_at        timestamptz CHECK
                      (started_at IS NOT NULL OR status IN ('planned', 'archived')),
    completed_at      timestamptz CHECK
                      (completed_at IS NOT NULL OR status NOT IN ('completed', 'reviewed')),
    undone_at         timestamptz,
    UNIQUE (id, user_id),
    UNIQUE (user_id, idempotency_key),
    CHECK ((idempotency_key IS NULL) = (request_hash IS NULL))
);
CREATE INDEX experiments_by_status ON experiments (user_id, status, updated_at DESC);
CREATE INDEX experiments_by_age ON experiments (user_id, created_at DESC);
CREATE INDEX experiments_by_session ON experiments (session_id);
SELECT secure_personal('experiments', 'user_id');

-- What an update or a completion changed, so that it can be taken back as a whole.
CREATE TABLE experiment_changes (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       text NOT NULL REFERENCES users ON DELETE CASCADE,
    experiment_id text NOT NULL,
    before        jsonb NOT NULL,
    after         jsonb NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    undone_at     timestamptz,
    FOREIGN KEY (experiment_id, user_id) REFERENCES experiments (id, user_id) ON DELETE CASCADE
);
CREATE INDEX experiment_changes_by_experiment ON experiment_changes (experiment_id, created_at DESC);
CREATE INDEX experiment_changes_by_user ON experiment_changes (user_id, created_at DESC);
SELECT secure_personal('experiment_changes', 'user_id');

CREATE TABLE experiment_reflections (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id           text NOT NULL REFERENCES users ON DELETE CASCADE,
    session_id        text REFERENCES sessions ON DELETE SET NULL,
    experiment_id     text NOT NULL,
    change_id         bigint REFERENCES experiment_changes ON DELETE SET NULL,
    outcome           text CHECK (char_length(outcome) <= 4000),
    confidence_before smallint CHECK (confidence_before BETWEEN 1 AND 10),
    confidence_after  smallint CHECK (confidence_after BETWEEN 1 AND 10),
    next_move         text CHECK (next_move IN ('continue', 'pivot', 'archive')),
    idempotency_key   text,
    request_hash      text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    undone_at         timestamptz,
    FOREIGN KEY (experiment_id, user_id) REFERENCES experiments (id, user_id) ON DELETE CASCADE,
    UNIQUE (user_id, idempotency_key),
    CHECK ((idempotency_key IS NULL) = (request_hash IS NULL)),
    CHECK (num_nonnulls(outcome, confidence_after, next_move) > 0)
);
CREATE INDEX experiment_reflections_by_experiment
    ON experiment_reflections (experiment_id, created_at DESC);
CREATE INDEX experiment_reflections_by_user ON experiment_reflections (user_id, created_at DESC);
CREATE INDEX experiment_reflections_by_session ON experiment_reflections (session_id);
CREATE INDEX experiment_reflections_by_change ON experiment_reflections (change_id);
SELECT secure_personal('experiment_reflections', 'user_id');

CREATE TABLE learning_data (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id          text NOT NULL REFERENCES users ON DELETE CASCADE,
    session_id       text REFERENCES sessions ON DELETE SET NULL,
    experiment_id    text NOT NULL,
    learning_type    text NOT NULL CHECK (learning_type IN ('skill', 'knowledge', 'behavior')),
    content          text NOT NULL CHECK (char_length(btrim(content)) BETWEEN 1 AND 4000),
    confidence_score numeric CHECK (confidence_score BETWEEN 0 AND 1),
    evidence_data    jsonb,
    idempotency_key  text,
    request_hash     text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    undone_at        timestamptz,
    FOREIGN KEY (experiment_id, user_id) REFERENCES experiments (id, user_id) ON DELETE CASCADE,
    UNIQUE (user_id, idempotency_key),
    CHECK ((idempotency_key IS NULL) = (request_hash IS NULL))
);
CREATE INDEX learning_data_by_experiment ON learning_data (experiment_id, created_at DESC);
CREATE INDEX learning_data_by_user ON learning_data (user_id, created_at DESC);
CREATE INDEX learning_data_by_session ON learning_data (session_id);
SELECT secure_personal('learning_data', 'user_id');

-- Evidence outlives the experiment it came from.
CREATE TABLE capability_evidence (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id          text NOT NULL REFERENCES users ON DELETE CASCADE,
    session_id       text REFERENCES sessions ON DELETE SET NULL,
    experiment_id    text,
    capability_name  text NOT NULL CHECK (char_length(btrim(capability_name)) BETWEEN 1 AND 200),
    evidence_type    text NOT NULL CHECK (char_length(btrim(evidence_type)) BETWEEN 1 AND 100),
    evidence_data    jsonb NOT NULL,
    confidence_level numeric CHECK (confidence_level BETWEEN 0 AND 1),
    idempotency_key  text,
    request_hash     text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    undone_at        timestamptz,
    FOREIGN KEY (experiment_id, user_id) REFERENCES experiments (id, user_id)
        ON DELETE SET NULL (experiment_id),
    UNIQUE (user_id, idempotency_key),
    CHECK ((idempotency_key IS NULL) = (request_hash IS NULL))
);
CREATE INDEX capability_evidence_by_experiment
    ON capability_evidence (experiment_id, created_at DESC);
CREATE INDEX capability_evidence_by_user ON capability_evidence (user_id, created_at DESC);
CREATE INDEX capability_evidence_by_session ON capability_evidence (session_id);
SELECT secure_personal('capability_evidence', 'user_id');

CREATE TABLE self_efficacy_metrics (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id         text NOT NULL REFERENCES users ON DELETE CASCADE,
    session_id      text REFERENCES sessions ON DELETE SET NULL,
    metric_name     text NOT NULL CHECK (char_length(btrim(metric_name)) BETWEEN 1 AND 100),
    metric_value    numeric NOT NULL CHECK (abs(metric_value) < 1e12),
    metric_type     text CHECK (char_length(metric_type) <= 100),
    context_data    jsonb,
    idempotency_key text,
    request_hash    text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    undone_at       timestamptz,
    UNIQUE (user_id, idempotency_key),
    CHECK ((idempotency_key IS NULL) = (request_hash IS NULL))
);
CREATE INDEX self_efficacy_metrics_by_name
    ON self_efficacy_metrics (user_id, metric_name, created_at DESC);
CREATE INDEX self_efficacy_metrics_by_user ON self_efficacy_metrics (user_id, created_at DESC);
CREATE INDEX self_efficacy_metrics_by_session ON self_efficacy_metrics (session_id);
SELECT secure_personal('self_efficacy_metrics', 'user_id');
