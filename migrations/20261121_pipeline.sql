-- Purpose: what the pipeline did for a lead, step by step, and what it made.
-- Rollback: 20261121_pipeline_rollback.sql
-- Depends: 20261121_leads

CREATE TABLE pipeline_runs (
    id              text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    lead_id         text NOT NULL REFERENCES leads ON DELETE CASCADE,
    status          text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'ok', 'error')),
    success         boolean,
    error           text,
    retry_count     integer NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
    last_error_code text CHECK (last_error_code IN (
                        'LLM_429', 'LLM_5XX', 'LLM_4XX', 'LLM_NETWORK', 'GATE', 'VALIDATION',
                        'DB', 'UNKNOWN')),
    last_error_at   timestamptz,
    started_at      timestamptz NOT NULL DEFAULT now(),
    finished_at     timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pipeline_runs_by_lead ON pipeline_runs (lead_id, started_at DESC, id DESC);
CREATE INDEX pipeline_runs_by_start ON pipeline_runs (started_at);
SELECT secure_business('pipeline_runs');

CREATE TABLE pipeline_step_runs (
    id                  text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    run_id              text NOT NULL REFERENCES pipeline_runs ON DELETE CASCADE,
    step_name           text NOT NULL CHECK (step_name IN (
                            'enrich', 'score', 'position', 'propose', 'build')),
    -- A skipped step is a success whose note says that its output was there already.
    success             boolean,
    tokens_used         integer CHECK (tokens_used >= 0),
    cost_estimate       numeric(10, 4) CHECK (cost_estimate >= 0),
    output_artifact_ids text[] NOT NULL DEFAULT '{}',
    notes               text,
    started_at          timestamptz NOT NULL DEFAULT now(),
    finished_at         timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pipeline_step_runs_by_run ON pipeline_step_runs (run_id, started_at, id);
SELECT secure_business('pipeline_step_runs');

CREATE TABLE artifacts (
    id         text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    lead_id    text NOT NULL REFERENCES leads ON DELETE CASCADE,
    type       text NOT NULL,
    title      text NOT NULL,
    content    text NOT NULL DEFAULT '',
    meta       jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX artifacts_by_lead ON artifacts (lead_id, type, created_at DESC);
SELECT secure_business('artifacts');
