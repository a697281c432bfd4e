-- Purpose: leads, from capture to outcome, and every touch with them.
-- Rollback: 20261121_leads_rollback.sql
-- Depends: 20261121_foundation

CREATE TABLE leads (
    id                     text PRIMARY KEY DEFAULT gen_random_uuid()::text
                           CHECK (id ~ '^[A-Za-z0-9._:-]{1,64}$'),
    title                  text NOT NULL CHECK (length(btrim(title)) BETWEEN 1 AND 300),
    source                 text NOT NULL DEFAULT 'manual',
    source_url             text,
    content_hash           text UNIQUE,
    description            text,
    budget                 text,
    timeline               text,
    platform               text,
    tech_stack             text[] NOT NULL DEFAULT '{}',
    contact_name           text,
    contact_email          text,
    tags                   text[] NOT NULL DEFAULT '{}',

    score                  smallint CHECK (score BETWEEN 0 AND 100),
    score_reason           text,
    score_verdict          text CHECK (score_verdict IN ('ACCEPT', 'MAYBE', 'REJECT')),
    score_factors          jsonb,

    -- The money path. Each stamp is the time of the event, never of an edit.
    status                 text NOT NULL DEFAULT 'NEW' CHECK (status IN (
                               'NEW', 'ENRICHED', 'SCORED', 'APPROVED', 'SCOPE_SENT',
                               'SCOPE_APPROVED', 'REJECTED', 'BUILDING', 'SHIPPED')),
    enriched_at            timestamptz,
    scored_at              timestamptz,
    proposal_sent_at       timestamptz,
    approved_at            timestamptz,
    build_started_at       timestamptz,
    build_completed_at     timestamptz,
    rejected_at            timestamptz,
    rejection_reason       text,
    deal_outcome           text CHECK (deal_outcome IN ('won', 'lost')),
    outcome_at             timestamptz,
    CHECK ((deal_outcome IS NULL) = (outcome_at IS NULL)),

    sales_stage            text CHECK (sales_stage IN (
                               'PROSPECTING', 'APPROACH_CONTACT', 'PRESENTATION', 'FOLLOW_UP',
                               'REFERRAL', 'RELATIONSHIP_MAINTENANCE')),
    next_contact_at        timestamptz,
    last_contact_at        timestamptz,
    last_touch_type        text,
    touch_count            integer NOT NULL DEFAULT 0 CHECK (touch_count >= 0),
    follow_up_count        integer NOT NULL DEFAULT 0 CHECK (follow_up_count >= 0),
    follow_up_stage        integer NOT NULL DEFAULT 0 CHECK (follow_up_stage >= 0),
    follow_up_cadence_days integer CHECK (follow_up_cadence_days > 0),
    permission_to_follow_up boolean,
    personal_details       text,
    lead_source_type       text,
    lead_source_channel    text,
    source_detail          text,
    introduced_by          text,
    referral_ask_status    text CHECK (referral_ask_status IN ('not_asked', 'asked', 'received')),
    referral_ask_at        timestamptz,
    referral_count         integer NOT NULL DEFAULT 0 CHECK (referral_count >= 0),
    referral_names         text,
    detail_score           smallint CHECK (detail_score BETWEEN 0 AND 100),
    relationship_status    text CHECK (relationship_status IN ('active', 'dormant', 'nurture')),
    relationship_last_check timestamptz,

    driver_type            text CHECK (driver_type IN (
                               'survival', 'status', 'freedom', 'cause', 'competition', 'enemy',
                               'unknown')),
    driver_reason          text,
    desired_result         text,
    result_deadline        timestamptz,
    next_action            text CHECK (length(next_action) <= 2000),
    next_action_due_at     timestamptz,
    proof_angle            text,
    score_pain             smallint CHECK (score_pain BETWEEN 0 AND 2),
    score_urgency          smallint CHECK (score_urgency BETWEEN 0 AND 2),
    score_budget           smallint CHECK (score_budget BETWEEN 0 AND 2),
    score_responsiveness   smallint CHECK (score_responsiveness BETWEEN 0 AND 2),
    score_decision_maker   smallint CHECK (score_decision_maker BETWEEN 0 AND 2),
    score_fit              smallint CHECK (score_fit BETWEEN 0 AND 2),

    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX leads_by_age ON leads (created_at DESC, id);
CREATE INDEX leads_by_status ON leads (status, created_at DESC, id);
CREATE INDEX leads_by_outcome ON leads (outcome_at) WHERE outcome_at IS NOT NULL;
CREATE INDEX leads_by_sending ON leads (proposal_sent_at) WHERE proposal_sent_at IS NOT NULL;
SELECT secure_business('leads');

CREATE TABLE lead_touches (
    id               text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    lead_id          text NOT NULL REFERENCES leads ON DELETE CASCADE,
    type             text NOT NULL CHECK (type IN (
                         'EMAIL', 'CALL', 'LINKEDIN_DM', 'MEETING', 'FOLLOW_UP', 'REFERRAL_ASK',
                         'CHECK_IN', 'CALL_BOOKED', 'CALL_COMPLETED')),
    direction        text NOT NULL DEFAULT 'outbound' CHECK (direction IN ('outbound', 'inbound')),
    summary          text NOT NULL CHECK (length(btrim(summary)) BETWEEN 1 AND 4000),
    script_used      text,
    outcome          text,
    next_action      text,
    next_touch_at    timestamptz,
    details_captured jsonb,
    touched_at       timestamptz NOT NULL DEFAULT now(),
    created_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX lead_touches_by_lead ON lead_touches (lead_id, touched_at DESC);
SELECT secure_business('lead_touches');
