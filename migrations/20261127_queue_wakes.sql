-- Purpose: a job that ends or is given back wakes the workers, so that what waits behind it begins
--          at once and not at their next poll; a run that is taken up goes before what waits.
-- Rollback: 20261127_queue_wakes_rollback.sql
-- Depends: 20261121_job_queue, 20261127_run_queue

CREATE FUNCTION jobs.wake_workers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR EXISTS (
        SELECT FROM jobs.procrastinate_jobs WHERE lock = OLD.lock AND status = 'todo'
    ) THEN
        -- Said as the library says it when a job is inserted.
        PERFORM pg_notify('procrastinate_queue_v1#' || OLD.queue_name,
                          json_build_object('type', 'job_inserted', 'job_id', OLD.id)::text);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER wake_after_end AFTER DELETE ON jobs.procrastinate_jobs
    FOR EACH ROW WHEN (OLD.lock IS NOT NULL) EXECUTE FUNCTION jobs.wake_workers();
CREATE TRIGGER wake_after_return AFTER UPDATE OF status ON jobs.procrastinate_jobs
    FOR EACH ROW WHEN (NEW.status = 'todo' AND OLD.status <> 'todo')
    EXECUTE FUNCTION jobs.wake_workers();

DROP FUNCTION queue_run;
-- The job of a run, as `agent/jobs.py` declares it: its lock is the thread. Returns the job's id.
CREATE FUNCTION queue_run(run_id text, thread_id text, priority integer DEFAULT 0) RETURNS bigint
LANGUAGE sql VOLATILE
SET search_path = jobs, pg_temp
AS $$
    SELECT (procrastinate_defer_jobs_v1(ARRAY[
        ('runs', 'run', priority, thread_id, NULL, jsonb_build_object('run_id', run_id), NULL)
            ::procrastinate_job_to_defer_v1]))[1]
$$;
