-- Purpose: a run is queued by one call of the database; waiting runs are counted by an index.
-- Rollback: 20261127_run_queue_rollback.sql
-- Depends: 20261121_provider, 20261121_job_queue

-- The job of a run, as `agent/jobs.py` declares it: its lock is the thread. Returns the job's id.
CREATE FUNCTION queue_run(run_id text, thread_id text) RETURNS bigint
LANGUAGE sql VOLATILE
SET search_path = jobs, pg_temp
AS $$
    SELECT (procrastinate_defer_jobs_v1(ARRAY[
        ('runs', 'run', 0, thread_id, NULL, jsonb_build_object('run_id', run_id), NULL)
            ::procrastinate_job_to_defer_v1]))[1]
$$;

CREATE INDEX runs_queued_by_owner ON runs (owner_id) WHERE status = 'queued';
