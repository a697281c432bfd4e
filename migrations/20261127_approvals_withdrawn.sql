-- Purpose: a proposal is withdrawn when the run that made it ends without waiting for it.
-- Rollback: 20261127_approvals_withdrawn_rollback.sql
-- Depends: 20261121_approvals

CREATE OR REPLACE FUNCTION guard_approval() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp
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
    -- Withdrawn: nobody has decided it, and nobody will.
    IF OLD.status = 'pending' AND NEW.status = 'superseded' AND NEW.decided_by IS NULL THEN
        RETURN NEW;
    END IF;
    IF OLD.status = 'approved' AND NEW.status IN ('executed', 'failed', 'superseded')
       AND OLD.decision_xact = pg_current_xact_id() THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'approval % cannot go from % to % here', OLD.id, OLD.status, NEW.status
        USING ERRCODE = 'insufficient_privilege';
END $$;
