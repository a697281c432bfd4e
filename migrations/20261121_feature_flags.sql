-- Purpose: feature flags; every one is off until somebody turns it on.
-- Rollback: 20261121_feature_flags_rollback.sql
-- Depends: 20261121_foundation

CREATE TABLE feature_flags (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    flag_name   text NOT NULL UNIQUE,
    enabled     boolean NOT NULL DEFAULT false,
    description text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE feature_flags ENABLE ROW LEVEL SECURITY;
ALTER TABLE feature_flags FORCE ROW LEVEL SECURITY;
CREATE POLICY readable ON feature_flags FOR SELECT TO mosaic_app USING (true);
CREATE POLICY system ON feature_flags TO mosaic_system USING (true);

INSERT INTO feature_flags (flag_name, description) VALUES
    ('AI_FALLBACK_ENABLED', 'Answer with the model when the prompt library has no match'),
    ('EXPERIMENTS_ENABLED', 'Experiments, learnings and evidence'),
    ('SELF_EFFICACY_METRICS', 'Confidence, learning velocity and completion'),
    ('RAG_BASELINE', 'Recall of passages by meaning'),
    ('COACH_ESCALATION', 'Suggest the human coach after stalls or falling confidence'),
    ('NEW_UI_ELEMENTS', 'Focus Stack page elements'),
    ('JOB_SOURCES_STUBBED_ENABLED', 'Job sources that are not yet live');
