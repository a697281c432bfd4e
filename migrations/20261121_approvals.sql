-- Purpose: what the agent proposed and a person decided, the audit of it, and the gate that lets
-- the money path move only under an approval.
-- Rollback: 20261121_approvals_rollback.sql
-- Depends: 20261121_conversation, 20261121_pipeline, 20261121_feature_flags

-- An approval is decided once. What was proposed never changes; `rows` are the row versions it
-- saw, each with its values. It is `approved` only inside the transaction that also carries it
-- out, which `decision_xact` names.
CREATE TABLE approvals (
    id              text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    owner_id        text REFERENCES users ON DELETE SET NULL,
    run_id          text REFERENCES runs ON DELETE SET NULL,
    thread_id       text REFERENCES threads ON DELETE SET NULL,
    tool_call_id    text,
    tool            text NOT NULL,
    args            jsonb NOT NULL,
    edited_args     jsonb,
    act             text NOT NULL,
    summary         text NOT NULL,
    why             text NOT NULL,
    facts           jsonb NOT NULL,
    rows            jsonb NOT NULL,
    editable        text[] NOT NULL DEFAULT '{}',
    decides         text NOT NULL DEFAULT 'operator' CHECK (decides = 'operator'),
    four_eyes       boolean NOT NULL DEFAULT false,
    status          text NOT NULL DEFAULT 'pending' CHECK (status IN (
                        'pending', 'approved', 'denied', 'expired', 'superseded', 'executed',
                        'failed')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL CHECK (expires_at > created_at),
    decided_by      text,
    decided_by_name text,
    decided_at      timestamptz,
    decision_reason text CHECK (length(decision_reason) <= 2000),
    decision_xact   xid8,
    executed_at     timestamptz,
    result          jsonb,
    UNIQUE (run_id, tool_call_id),
    CHECK (status IN ('pending', 'expired') OR decided_at IS NOT NULL),
    CHECK ((status = 'executed') = (executed_at IS NOT NULL))
);
CREATE INDEX approvals_inbox ON approvals (created_at DESC, id DESC) WHERE status = 'pending';
CREATE INDEX approvals_by_status ON approvals (status, created_at DESC, id DESC);
CREATE INDEX approvals_expiring ON approvals (expires_at) WHERE status = 'pending';
CREATE INDEX approvals_by_owner ON approvals (owner_id);
CREATE INDEX approvals_by_thread ON approvals (thread_id);
SELECT secure_business('approvals');

-- A proposal is written as pending and keeps its words; only its decision may be written.
REVOKE INSERT, UPDATE, DELETE ON approvals FROM mosaic_app, mosaic_system;
GRANT INSERT (id, owner_id, run_id, thread_id, tool_call_id, tool, args, act, summary, why, facts,
              rows, editable, decides, four_eyes, expires_at)
    ON approvals TO mosaic_app, mosaic_system;
GRANT UPDATE (status, edited_args, decided_by, decided_by_name, decided_at, decision_reason,
              decision_xact, executed_at, result)
    ON approvals TO mosaic_app, mosaic_system;

CREATE FUNCTION guard_approval() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF OLD.status = 'pending' AND NEW.status = 'expired' AND OLD.expires_at <= clock_timestamp() THEN
        RETURN NEW;
    END IF;
    IF OLD.status = 'pending' AND NEW.status IN ('approved', 'denied')
       AND OLD.expires_at > clock_timestamp()
       AND NEW.decision_xact = pg_current_xact_id()
       AND NEW.decided_by = nullif(current_setting('app.user', true), '')
       AND (NEW.status = 'denied' OR NOT OLD.four_eyes
            OR OLD.owner_id IS DISTINCT FROM NEW.decided_by)
       AND EXISTS (SELECT FROM users u WHERE u.id = NEW.decided_by AND u.role = OLD.decides
                      AND u.disabled_at IS NULL) THEN
        RETURN NEW;
    END IF;
    IF OLD.status = 'approved' AND NEW.status IN ('executed', 'failed', 'superseded')
       AND OLD.decision_xact = pg_current_xact_id() THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'approval % cannot go from % to % here', OLD.id, OLD.status, NEW.status
        USING ERRCODE = 'insufficient_privilege';
END $$;
-- The keys that a deleted run, thread or account leaves behind are set null by the table's owner.
CREATE TRIGGER guarded BEFORE UPDATE ON approvals FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR current_user IN ('mosaic_app', 'mosaic_system'))
    EXECUTE FUNCTION guard_approval();

-- The app role changes such a row only where an approval of this very transaction names it.
-- The service itself (mosaic_system: the pipeline, the demo) is no model's and no tool's role.
CREATE FUNCTION require_approval() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    changed jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
BEGIN
    IF current_user = 'mosaic_app' AND NOT EXISTS (
        SELECT FROM approvals a
         WHERE a.id = current_setting('app.approval', true)
           AND a.status = 'approved' AND a.decision_xact = pg_current_xact_id()
           AND a.rows @> jsonb_build_array(jsonb_build_object(
                   'table', TG_TABLE_NAME,
                   'key', jsonb_build_object(TG_ARGV[0], changed -> TG_ARGV[0]))))
    THEN
        RAISE EXCEPTION '% of % % needs an approval', lower(TG_OP), TG_TABLE_NAME,
                        changed ->> TG_ARGV[0]
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Propose it with a gated tool; a person decides.';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- The money path (operator spec 1.2 A4) and the end of a lead.
CREATE TRIGGER money_path BEFORE UPDATE ON leads FOR EACH ROW
    WHEN ((OLD.status, OLD.proposal_sent_at, OLD.approved_at, OLD.build_started_at,
           OLD.build_completed_at, OLD.rejected_at, OLD.rejection_reason, OLD.deal_outcome,
           OLD.outcome_at)
          IS DISTINCT FROM
          (NEW.status, NEW.proposal_sent_at, NEW.approved_at, NEW.build_started_at,
           NEW.build_completed_at, NEW.rejected_at, NEW.rejection_reason, NEW.deal_outcome,
           NEW.outcome_at))
    EXECUTE FUNCTION require_approval('id');
CREATE TRIGGER money_path_start BEFORE INSERT ON leads FOR EACH ROW
    WHEN (NEW.status <> 'NEW' OR num_nonnulls(
              NEW.proposal_sent_at, NEW.approved_at, NEW.build_started_at, NEW.build_completed_at,
              NEW.rejected_at, NEW.rejection_reason, NEW.deal_outcome, NEW.outcome_at) > 0)
    EXECUTE FUNCTION require_approval('id');
CREATE TRIGGER money_path_end BEFORE DELETE ON leads FOR EACH ROW
    EXECUTE FUNCTION require_approval('id');

CREATE POLICY switchable ON feature_flags FOR UPDATE TO mosaic_app
    USING ((SELECT current_setting('app.role', true)) = 'operator');
CREATE TRIGGER switched BEFORE UPDATE ON feature_flags FOR EACH ROW
    EXECUTE FUNCTION require_approval('flag_name');

-- A retry that was asked for waits as a run that has not started; one at a time for each lead.
ALTER TABLE pipeline_runs
    DROP CONSTRAINT pipeline_runs_status_check,
    ALTER COLUMN started_at DROP NOT NULL,
    ADD CONSTRAINT pipeline_runs_status_check
        CHECK (status IN ('queued', 'running', 'ok', 'error')),
    ADD CONSTRAINT pipeline_runs_queued_check CHECK ((status = 'queued') = (started_at IS NULL));
CREATE UNIQUE INDEX pipeline_runs_one_queued ON pipeline_runs (lead_id) WHERE status = 'queued';

-- Append-only and chained: each row's hash covers the row and the hash before it, so that a
-- changed, moved or missing row shows.
CREATE TABLE audit_log (
    id        bigint PRIMARY KEY,
    at        timestamptz NOT NULL,
    actor     text NOT NULL CHECK (actor <> ''),
    action    text NOT NULL CHECK (action <> ''),
    subject   text NOT NULL,
    detail    jsonb NOT NULL DEFAULT '{}',
    prev_hash bytea NOT NULL,
    hash      bytea NOT NULL
);
CREATE INDEX audit_log_by_subject ON audit_log (subject, id);
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY business ON audit_log FOR SELECT TO mosaic_app
    USING ((SELECT current_setting('app.role', true)) = 'operator');
CREATE POLICY own_acts ON audit_log FOR INSERT TO mosaic_app
    WITH CHECK (actor = (SELECT nullif(current_setting('app.user', true), '')));
CREATE POLICY system ON audit_log TO mosaic_system USING (true);
REVOKE INSERT, UPDATE, DELETE ON audit_log FROM mosaic_app, mosaic_system;
GRANT INSERT (actor, action, subject, detail) ON audit_log TO mosaic_app, mosaic_system;

CREATE FUNCTION audit_hash(entry audit_log) RETURNS bytea LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT sha256(convert_to(jsonb_build_array(
        entry.id, extract(epoch FROM entry.at), entry.actor, entry.action, entry.subject,
        entry.detail, encode(entry.prev_hash, 'hex'))::text, 'UTF8'))
$$;

-- Runs as the table's owner: whoever appends need not be able to read what went before.
CREATE FUNCTION chain_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    last audit_log;
BEGIN
    PERFORM pg_advisory_xact_lock(7305002);
    SELECT * INTO last FROM audit_log ORDER BY id DESC LIMIT 1;
    NEW.id := coalesce(last.id, 0) + 1;
    NEW.at := clock_timestamp();
    NEW.prev_hash := coalesce(last.hash, '');
    NEW.hash := audit_hash(NEW);
    RETURN NEW;
END $$;
CREATE TRIGGER chained BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION chain_audit();

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper) THEN
        RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW WHEN 'DELETE' THEN OLD END;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
