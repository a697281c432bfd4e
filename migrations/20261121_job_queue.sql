-- Purpose: the job queue's own tables, in a schema of their own. A job holds ids only.
-- Rollback: 20261121_job_queue_rollback.sql
-- Depends: 20261121_foundation
-- Library: procrastinate
SET LOCAL search_path TO jobs;
