-- Purpose: what the money path rests on (touches, runs to be retried, briefs and proposals) is
-- written by the app role only under an approval that names the lead.
-- Rollback: 20261127_records_need_approval_rollback.sql
-- Depends: 20261121_approvals

CREATE FUNCTION require_approval_of_lead() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    changed jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
BEGIN
    IF current_user = 'mosaic_app' AND NOT EXISTS (
        SELECT FROM approvals a
         WHERE a.id = current_setting('app.approval', true)
           AND a.status = 'approved' AND a.decision_xact = pg_current_xact_id()
           AND a.rows @> jsonb_build_array(jsonb_build_object(
                   'table', 'leads',
                   'key', jsonb_build_object('id', changed -> 'lead_id'))))
    THEN
        RAISE EXCEPTION '% of % of lead % needs an approval', lower(TG_OP), TG_TABLE_NAME,
                        changed ->> 'lead_id'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Propose it with a gated tool; a person decides.';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER recorded BEFORE INSERT OR UPDATE OR DELETE ON lead_touches FOR EACH ROW
    EXECUTE FUNCTION require_approval_of_lead();
CREATE TRIGGER queued BEFORE INSERT OR UPDATE OR DELETE ON pipeline_runs FOR EACH ROW
    EXECUTE FUNCTION require_approval_of_lead();
CREATE TRIGGER drafted BEFORE INSERT ON artifacts FOR EACH ROW
    WHEN (NEW.type IN ('positioning', 'proposal'))
    EXECUTE FUNCTION require_approval_of_lead();
CREATE TRIGGER redrafted BEFORE UPDATE ON artifacts FOR EACH ROW
    WHEN (OLD.type IN ('positioning', 'proposal') OR NEW.type IN ('positioning', 'proposal'))
    EXECUTE FUNCTION require_approval_of_lead();
CREATE TRIGGER withdrawn BEFORE DELETE ON artifacts FOR EACH ROW
    WHEN (OLD.type IN ('positioning', 'proposal'))
    EXECUTE FUNCTION require_approval_of_lead();
