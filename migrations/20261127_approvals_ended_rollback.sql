DROP INDEX IF EXISTS approvals_ended;
