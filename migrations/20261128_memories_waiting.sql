-- Purpose: what waits for its vectors is a queue of its own: a memory is written once, and not
-- again, with all its index entries, when its vector comes.
-- Rollback: 20261128_memories_waiting_rollback.sql
-- Depends: 20261127_remembering

CREATE TABLE memories_waiting (
    memory_id bigint PRIMARY KEY REFERENCES memories ON DELETE CASCADE
);
SELECT secure_system('memories_waiting');

-- Runs as the table's owner: whoever writes a memory has no part in the queue.
CREATE FUNCTION wait_for_vectors() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO memories_waiting VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER wait_for_vectors AFTER INSERT ON memories
    FOR EACH ROW EXECUTE FUNCTION wait_for_vectors();
CREATE TRIGGER wait_for_other_vectors AFTER UPDATE OF text ON memories
    FOR EACH ROW WHEN (OLD.text <> NEW.text) EXECUTE FUNCTION wait_for_vectors();

SET LOCAL ROLE mosaic_system;
INSERT INTO memories_waiting SELECT id FROM memories WHERE stale;
RESET ROLE;

CREATE OR REPLACE FUNCTION remember(
    source text, key jsonb, said jsonb, owner text, shared_with text, content text, at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    parts integer := 0;
BEGIN
    IF content IS NOT NULL THEN
        INSERT INTO public.memories AS m (
            owner_id, audience, kind, text, source_table, source_key, part, written_by, speaker,
            thread_id, place, happened_at)
        SELECT owner, CASE WHEN owner IS NULL THEN shared_with END, said ->> 'kind', p.passage,
               source, key, p.part, said ->> 'by', said ->> 'speaker', said ->> 'thread',
               (said ->> 'place')::integer, at
          FROM public.passages(content) p
        ON CONFLICT (source_table, source_key, part) DO UPDATE
           SET text = excluded.text, happened_at = excluded.happened_at
         WHERE (m.text, m.happened_at) IS DISTINCT FROM (excluded.text, excluded.happened_at);
        SELECT count(*) INTO parts FROM public.passages(content);
    END IF;
    DELETE FROM public.memories
     WHERE source_table = source AND source_key = key AND part >= parts;
END $$;

DROP INDEX memories_stale;
ALTER TABLE memories DROP COLUMN stale;
