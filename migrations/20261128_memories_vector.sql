-- Purpose: the vector in use stands in the row of its passage, and where a passage was said is one
-- number: recall reads a row a passage, and joins no tables of 10,000.
-- Rollback: 20261128_memories_vector_rollback.sql
-- Depends: 20261128_memories_strand, 20261128_memories_waiting

ALTER TABLE memories ADD COLUMN vector halfvec, ADD COLUMN vector_model smallint,
    ADD CHECK ((vector IS NULL) = (vector_model IS NULL));
-- In the row itself, whatever the length of the text: rows are read one after the other.
ALTER TABLE memories ALTER COLUMN vector SET STORAGE MAIN;
ALTER TABLE memories SET (toast_tuple_target = 8160);

SET LOCAL ROLE mosaic_system;
UPDATE memories m SET vector = v.vector, vector_model = v.model_id
  FROM memory_vectors v JOIN embedding_models e ON e.id = v.model_id AND e.state = 'active'
 WHERE v.memory_id = m.id;
DELETE FROM memory_vectors v USING embedding_models e
 WHERE e.id = v.model_id AND e.state = 'active';
RESET ROLE;

-- The thread a passage was said in, or the source row it is a part of, as a hash, and its place
-- there: spots that differ by one are neighbours. Halved, no hash is at the end of its numbers.
-- Adding it writes the table anew, without what the update above has left.
ALTER TABLE memories DROP COLUMN strand;
ALTER TABLE memories ADD COLUMN spot bigint NOT NULL GENERATED ALWAYS AS (coalesce(
    hashtextextended(thread_id, 0),
    jsonb_hash_extended(source_key, hashtext(source_table))) / 2 + coalesce(place, part)) STORED;

-- What may be read is said once: a policy for all commands would be asked of each row besides.
DROP POLICY reading ON memories;
DROP POLICY writing ON memories;
CREATE POLICY reading ON memories FOR SELECT TO mosaic_app USING (
    owner_id = (SELECT nullif(current_setting('app.user', true), ''))
    OR (owner_id IS NULL
        AND (audience IN ('both', (SELECT current_setting('app.role', true)))
             OR (SELECT current_setting('app.role', true)) = 'operator')));
CREATE POLICY inserting ON memories FOR INSERT TO mosaic_app WITH CHECK (
    owner_id = (SELECT nullif(current_setting('app.user', true), ''))
    OR (owner_id IS NULL AND (SELECT current_setting('app.role', true)) = 'operator'));
CREATE POLICY updating ON memories FOR UPDATE TO mosaic_app USING (
    owner_id = (SELECT nullif(current_setting('app.user', true), ''))
    OR (owner_id IS NULL AND (SELECT current_setting('app.role', true)) = 'operator'));
CREATE POLICY deleting ON memories FOR DELETE TO mosaic_app USING (
    owner_id = (SELECT nullif(current_setting('app.user', true), ''))
    OR (owner_id IS NULL AND (SELECT current_setting('app.role', true)) = 'operator'));
