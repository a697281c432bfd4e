-- Purpose: what was learned and is waiting for a human decision, and estimates of a lead's return.
-- Rollback: 20261121_learning_rollback.sql
-- Depends: 20261121_leads

CREATE TABLE learning_items (
    id                           text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    title                        text NOT NULL CHECK (length(btrim(title)) BETWEEN 1 AND 300),
    body                         text NOT NULL DEFAULT '',
    classification               text CHECK (classification IN (
                                     'sales', 'ops', 'ai', 'delivery', 'positioning')),
    confidence                   numeric(3, 2) CHECK (confidence BETWEEN 0 AND 1),
    maps_to_system               text,
    produced_tag                 text CHECK (produced_tag IN (
                                     'proposal_improvement', 'outreach_script',
                                     'sales_objection_script', 'service_package_refinement',
                                     'delivery_sop', 'qa_checklist', 'automation', 'case_study',
                                     'knowledge_only')),
    contradictions_with_playbook jsonb NOT NULL DEFAULT '[]',
    promotion_state              text NOT NULL DEFAULT 'pending' CHECK (promotion_state IN (
                                     'pending', 'promoted', 'rejected', 'knowledge_only')),
    decided_at                   timestamptz,
    decided_by                   text,
    decision_note                text,
    created_at                   timestamptz NOT NULL DEFAULT now(),
    updated_at                   timestamptz NOT NULL DEFAULT now(),
    CHECK (promotion_state = 'pending' OR decided_at IS NOT NULL)
);
CREATE INDEX learning_items_undecided ON learning_items (created_at) WHERE decided_at IS NULL;
CREATE INDEX learning_items_by_age ON learning_items (created_at DESC, id);
SELECT secure_business('learning_items');

CREATE TABLE roi_estimates (
    id          text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    lead_id     text NOT NULL REFERENCES leads ON DELETE CASCADE,
    confidence  numeric(3, 2) CHECK (confidence BETWEEN 0 AND 1),
    assumptions text[] NOT NULL DEFAULT '{}',
    estimate    jsonb NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX roi_estimates_by_lead ON roi_estimates (lead_id, created_at DESC, id DESC);
SELECT secure_business('roi_estimates');
