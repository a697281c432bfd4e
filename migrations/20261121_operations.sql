-- Purpose: the operator's settings, the health of integrations, and reports of runs that belong
-- to no lead.
-- Rollback: 20261121_operations_rollback.sql
-- Depends: 20261121_conversation

CREATE TABLE ops_artifacts (
    id         text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    kind       text NOT NULL CHECK (kind IN (
                   'workday_run_report', 'research_run_report', 'learning_run_report',
                   'knowledge_run_report', 'operator_briefing', 'operator_feedback',
                   'weekly_snapshot')),
    title      text NOT NULL,
    content    text NOT NULL DEFAULT '',
    meta       jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ops_artifacts_by_kind ON ops_artifacts (kind, created_at DESC);
SELECT secure_business('ops_artifacts');

-- One line a source. last_error is the error of the last run, null when that run succeeded.
CREATE TABLE integration_health (
    name                 text PRIMARY KEY CHECK (name ~ '^[a-z0-9_]{1,64}$'),
    label                text NOT NULL,
    kind                 text NOT NULL CHECK (kind IN (
                             'research', 'knowledge', 'model', 'database', 'vector_index',
                             'notifications', 'job_runner', 'connection')),
    last_run_at          timestamptz,
    last_ok_at           timestamptz,
    last_error           text,
    expected_every_hours numeric(8, 2) CHECK (expected_every_hours > 0),
    enabled              boolean NOT NULL DEFAULT true,
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now()
);
SELECT secure_business('integration_health');

-- One row for the one business. Every threshold of the rules stands here.
CREATE TABLE operator_settings (
    id                          smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    stale_proposal_days         integer NOT NULL DEFAULT 7 CHECK (stale_proposal_days > 0),
    stuck_proposal_days         integer NOT NULL DEFAULT 5 CHECK (stuck_proposal_days > 0),
    stale_touch_days            integer NOT NULL DEFAULT 7 CHECK (stale_touch_days > 0),
    stage_stuck_days            integer NOT NULL DEFAULT 7 CHECK (stage_stuck_days > 0),
    no_success_hours            integer NOT NULL DEFAULT 24 CHECK (no_success_hours > 0),
    critical_failure_hours      integer NOT NULL DEFAULT 24 CHECK (critical_failure_hours > 0),
    qualified_score_min         integer NOT NULL DEFAULT 60
                                CHECK (qualified_score_min BETWEEN 0 AND 100),
    low_confidence_max          numeric(3, 2) NOT NULL DEFAULT 0.4
                                CHECK (low_confidence_max BETWEEN 0 AND 1),
    low_roi_confidence_max      numeric(3, 2) NOT NULL DEFAULT 0.5
                                CHECK (low_roi_confidence_max BETWEEN 0 AND 1),
    low_answer_days             integer NOT NULL DEFAULT 7 CHECK (low_answer_days > 0),
    intake_window_days          integer NOT NULL DEFAULT 14 CHECK (intake_window_days > 0),
    intake_min_leads            integer NOT NULL DEFAULT 5 CHECK (intake_min_leads >= 0),
    proposal_cycle_window_days  integer NOT NULL DEFAULT 14 CHECK (proposal_cycle_window_days > 0),
    win_rate_window_days        integer NOT NULL DEFAULT 30 CHECK (win_rate_window_days > 0),
    small_sample_max            integer NOT NULL DEFAULT 5 CHECK (small_sample_max >= 0),

    workday_enabled             boolean NOT NULL DEFAULT false,
    workday_interval_minutes    integer NOT NULL DEFAULT 60 CHECK (workday_interval_minutes > 0),
    workday_max_leads_per_run   integer NOT NULL DEFAULT 20 CHECK (workday_max_leads_per_run > 0),
    workday_max_runs_per_day    integer NOT NULL DEFAULT 8 CHECK (workday_max_runs_per_day > 0),
    quiet_hours_start           time,
    quiet_hours_end             time,
    niche_statement             text,
    offer_statement             text,
    buyer_profile               text,
    promise_problem_statement   text,
    scoring_profile             jsonb NOT NULL DEFAULT '{}',
    cash_collected              numeric(12, 2) CHECK (cash_collected >= 0),
    graduation_target_wins      integer NOT NULL DEFAULT 10 CHECK (graduation_target_wins > 0),
    graduation_milestone        text,
    updated_at                  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO operator_settings DEFAULT VALUES;
SELECT secure_business('operator_settings');

-- The answers that were marked low, which the failures list counts.
CREATE INDEX receipts_low ON receipts (owner_id, created_at) WHERE receipt ->> 'overall' = 'low';
