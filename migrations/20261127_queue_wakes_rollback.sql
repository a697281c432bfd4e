DROP TRIGGER wake_after_return ON jobs.procrastinate_jobs;
DROP TRIGGER wake_after_end ON jobs.procrastinate_jobs;
DROP FUNCTION jobs.wake_workers();

DROP FUNCTION queue_run;
CREATE FUNCTION queue_run(run_id text, thread_id text) RETURNS bigint
LANGUAGE sql VOLATILE
SET search_path = jobs, pg_temp
AS $$
    SELECT (procrastinate_defer_jobs_v1(ARRAY[
        ('runs', 'run', 0, thread_id, NULL, jsonb_build_object('run_id', run_id), NULL)
            ::procrastinate_job_to_defer_v1]))[1]
$$;
