-- Purpose: the open runs of a thread, found without reading those that have ended.
-- Rollback: 20261127_open_runs_rollback.sql
-- Depends: 20261121_conversation

CREATE INDEX runs_open_by_thread ON runs (thread_id, turn) WHERE status IN ('queued', 'running');
