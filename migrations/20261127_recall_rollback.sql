DROP INDEX IF EXISTS memory_vectors_shared;
DROP INDEX IF EXISTS memories_shared;
DROP INDEX IF EXISTS memories_speakers;
ALTER TABLE memories DROP COLUMN IF EXISTS substance;
