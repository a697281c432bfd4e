-- Warning: deletes every approval, the audit log and the retries that have not started.
DROP TABLE IF EXISTS audit_log CASCADE;
DROP FUNCTION IF EXISTS chain_audit, refuse_audit_change;
DELETE FROM pipeline_runs WHERE status = 'queued';
DROP INDEX IF EXISTS pipeline_runs_one_queued;
ALTER TABLE pipeline_runs
    DROP CONSTRAINT IF EXISTS pipeline_runs_queued_check,
    DROP CONSTRAINT IF EXISTS pipeline_runs_status_check,
    ALTER COLUMN started_at SET NOT NULL,
    ADD CONSTRAINT pipeline_runs_status_check CHECK (status IN ('running', 'ok', 'error'));
DROP TRIGGER IF EXISTS switched ON feature_flags;
DROP POLICY IF EXISTS switchable ON feature_flags;
DROP TRIGGER IF EXISTS money_path ON leads;
DROP TRIGGER IF EXISTS money_path_start ON leads;
DROP TRIGGER IF EXISTS money_path_end ON leads;
DROP TABLE IF EXISTS approvals CASCADE;
DROP FUNCTION IF EXISTS require_approval, guard_approval;
