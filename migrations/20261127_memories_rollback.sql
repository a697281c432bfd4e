-- Warning: forgets every vector, and what was forgotten or corrected; passages are cut again from
-- their sources when the migration is applied again.
DROP TRIGGER IF EXISTS remember_no_crisis ON messages;
DO $$
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY '{messages,experiments,experiment_reflections,learning_data,
        capability_evidence,artifacts,lead_touches,learning_items}'::text[]
    LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS remember ON %I', source);
        EXECUTE format('DROP FUNCTION IF EXISTS remember_%s', source);
    END LOOP;
END $$;
DROP FUNCTION IF EXISTS forget_turn, remember_row, remember_rows, remember, passages;
DROP TABLE IF EXISTS memory_vectors;
DROP TABLE IF EXISTS embedding_models;
DROP TABLE IF EXISTS memories;
ALTER TABLE threads DROP COLUMN IF EXISTS remembered;
