-- Purpose: what recall reads besides: how much a passage states, who speaks in a person's memories,
-- and the ways in to shared memories, which have no owner to narrow by.
-- Rollback: 20261127_recall_rollback.sql
-- Depends: 20261127_memories

-- The words of a passage outside its questions, as a logarithm: "And you?" states nothing.
ALTER TABLE memories ADD COLUMN substance real NOT NULL GENERATED ALWAYS AS (ln(1 + length(
    to_tsvector('english'::regconfig, regexp_replace(text, '[^.!?\n]*\?', ' ', 'g'))))) STORED;

CREATE INDEX memories_speakers ON memories (owner_id, speaker) WHERE speaker IS NOT NULL;
CREATE INDEX memories_shared ON memories (audience, happened_at DESC, id) WHERE owner_id IS NULL;
CREATE INDEX memory_vectors_shared ON memory_vectors (model_id, audience) WHERE owner_id IS NULL;
