DROP TRIGGER withdrawn ON artifacts;
DROP TRIGGER redrafted ON artifacts;
DROP TRIGGER drafted ON artifacts;
DROP TRIGGER queued ON pipeline_runs;
DROP TRIGGER recorded ON lead_touches;
DROP FUNCTION require_approval_of_lead();
