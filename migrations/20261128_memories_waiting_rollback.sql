ALTER TABLE memories ADD COLUMN IF NOT EXISTS stale boolean NOT NULL DEFAULT true;
SET LOCAL ROLE mosaic_system;
UPDATE memories m SET stale = false
 WHERE to_regclass('memories_waiting') IS NOT NULL AND EXISTS (
       SELECT FROM memory_vectors v WHERE v.memory_id = m.id);
RESET ROLE;
CREATE INDEX IF NOT EXISTS memories_stale ON memories (id) WHERE stale;
DROP TRIGGER IF EXISTS wait_for_vectors ON memories;
DROP TRIGGER IF EXISTS wait_for_other_vectors ON memories;
DROP FUNCTION IF EXISTS wait_for_vectors();
DROP TABLE IF EXISTS memories_waiting;

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
           SET text = excluded.text, happened_at = excluded.happened_at,
               stale = m.stale OR m.text <> excluded.text
         WHERE (m.text, m.happened_at) IS DISTINCT FROM (excluded.text, excluded.happened_at);
        SELECT count(*) INTO parts FROM public.passages(content);
    END IF;
    DELETE FROM public.memories
     WHERE source_table = source AND source_key = key AND part >= parts;
END $$;
