DROP INDEX runs_queued_by_owner;
DROP FUNCTION queue_run;
