DROP POLICY IF EXISTS inserting ON memories;
DROP POLICY IF EXISTS updating ON memories;
DROP POLICY IF EXISTS deleting ON memories;
DROP POLICY IF EXISTS reading ON memories;
DROP POLICY IF EXISTS writing ON memories;
CREATE POLICY reading ON memories FOR SELECT TO mosaic_app USING (
    owner_id = (SELECT nullif(current_setting('app.user', true), ''))
    OR (owner_id IS NULL
        AND audience IN ('both', (SELECT current_setting('app.role', true)))));
CREATE POLICY writing ON memories TO mosaic_app USING (
    owner_id = (SELECT nullif(current_setting('app.user', true), ''))
    OR (owner_id IS NULL AND (SELECT current_setting('app.role', true)) = 'operator'));

ALTER TABLE memories ADD COLUMN IF NOT EXISTS vector halfvec;
ALTER TABLE memories ADD COLUMN IF NOT EXISTS vector_model smallint;
SET LOCAL ROLE mosaic_system;
INSERT INTO memory_vectors (memory_id, model_id, owner_id, audience, vector)
SELECT m.id, m.vector_model, m.owner_id, m.audience, m.vector
  FROM memories m JOIN embedding_models e ON e.id = m.vector_model
ON CONFLICT (memory_id, model_id) DO NOTHING;
RESET ROLE;
ALTER TABLE memories DROP COLUMN vector, DROP COLUMN vector_model;
ALTER TABLE memories RESET (toast_tuple_target);
ALTER TABLE memories DROP COLUMN IF EXISTS spot;
ALTER TABLE memories ADD COLUMN IF NOT EXISTS strand bigint NOT NULL GENERATED ALWAYS AS (coalesce(
    hashtextextended(thread_id, 0),
    jsonb_hash_extended(source_key, hashtext(source_table)))) STORED;
