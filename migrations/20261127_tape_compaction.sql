-- Purpose: old tapes are dropped; what they told is in the messages, the receipt and the run.
-- Rollback: 20261127_tape_compaction_rollback.sql (a tape that was dropped does not come back)
-- Depends: 20261121_conversation

-- How many events the tape had, once it was dropped: the id of its last one.
ALTER TABLE runs ADD COLUMN tape_length integer;
CREATE INDEX runs_with_old_tape ON runs (ended_at)
    WHERE tape_length IS NULL AND status IN ('success', 'cancelled', 'error');
