-- Purpose: which passages may be neighbours is kept, not worked out anew for all of a person's
-- passages in every search.
-- Rollback: 20261128_memories_strand_rollback.sql
-- Depends: 20261127_memories

-- The thread a passage was said in, or the source row it is a part of, as a hash.
ALTER TABLE memories ADD COLUMN strand bigint NOT NULL GENERATED ALWAYS AS (coalesce(
    hashtextextended(thread_id, 0),
    jsonb_hash_extended(source_key, hashtext(source_table)))) STORED;
