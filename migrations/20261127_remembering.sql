-- Purpose: what a person does about what is remembered of them, and the summaries of their
-- sessions: corrections, forgetting, a conversation that is left out.
-- Rollback: 20261127_remembering_rollback.sql
-- Depends: 20261127_memories

-- What a person says instead of a memory. While it stands, the memory is forgotten and the
-- correction is remembered in its place.
CREATE TABLE memory_corrections (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id   text NOT NULL REFERENCES users ON DELETE CASCADE,
    memory_id  bigint NOT NULL REFERENCES memories ON DELETE CASCADE,
    text       text NOT NULL CHECK (length(btrim(text)) BETWEEN 1 AND 1000),
    created_at timestamptz NOT NULL DEFAULT now(),
    undone_at  timestamptz
);
CREATE INDEX memory_corrections_by_owner ON memory_corrections (owner_id);
CREATE INDEX memory_corrections_by_memory ON memory_corrections (memory_id);
CREATE UNIQUE INDEX memory_corrections_standing ON memory_corrections (memory_id)
    WHERE undone_at IS NULL;
SELECT secure_personal('memory_corrections');
SELECT remember_rows('memory_corrections', '{id}',
    $$(SELECT jsonb_build_object('kind', 'correction', 'by', 'person', 'speaker', m.speaker,
              'thread', m.thread_id, 'place', m.place)
         FROM public.memories m WHERE m.id = r.memory_id)$$,
    'CASE WHEN r.undone_at IS NULL THEN r.text END', 'r.created_at', 'r.owner_id');

-- A session is a stretch of a thread. Its summary is made of what is remembered of it, and is
-- made again when a part of that is forgotten. `made_by`: quotations only, or a model.
CREATE TABLE thread_summaries (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    thread_id  text NOT NULL REFERENCES threads ON DELETE CASCADE,
    owner_id   text NOT NULL REFERENCES users ON DELETE CASCADE,
    first_turn integer NOT NULL,
    last_turn  integer NOT NULL CHECK (last_turn >= first_turn),
    began_at   timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL,
    text       text NOT NULL CHECK (length(btrim(text)) > 0),
    made_by    text NOT NULL CHECK (made_by IN ('quotations', 'model')),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (thread_id, first_turn)
);
CREATE INDEX thread_summaries_by_owner ON thread_summaries (owner_id);
SELECT secure_personal('thread_summaries');
SELECT remember_rows('thread_summaries', '{id}',
    $$jsonb_build_object('kind', 'summary',
        'by', CASE r.made_by WHEN 'model' THEN 'assistant' ELSE 'service' END)$$,
    'r.text', 'r.ended_at', 'r.owner_id');

ALTER TABLE threads ADD COLUMN summarised_turn integer NOT NULL DEFAULT 0;
CREATE INDEX threads_to_summarise ON threads (updated_at)
    WHERE remembered AND last_turn >= summarised_turn + 4;

CREATE FUNCTION summarise_again() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reopened integer;
BEGIN
    WITH gone AS (
        DELETE FROM public.thread_summaries
         WHERE thread_id = NEW.thread_id AND NEW.place / 2 BETWEEN first_turn AND last_turn + 1
        RETURNING first_turn)
    SELECT min(first_turn) INTO reopened FROM gone;
    IF reopened IS NOT NULL THEN
        UPDATE public.threads SET summarised_turn = least(summarised_turn, reopened - 1)
         WHERE id = NEW.thread_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER summarise_again AFTER UPDATE OF forgotten_at ON memories FOR EACH ROW
    WHEN (NEW.thread_id IS NOT NULL AND OLD.forgotten_at IS DISTINCT FROM NEW.forgotten_at)
    EXECUTE FUNCTION summarise_again();

-- A thread that is left out is remembered no longer; let in again, it is remembered from its
-- messages. What was forgotten stays forgotten, and a turn with a crisis card stays out.
CREATE FUNCTION remember_thread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.remembered THEN
        PERFORM public.remember_messages(m) FROM public.messages m
          WHERE m.thread_id = NEW.id AND NOT EXISTS (
                SELECT FROM public.messages c
                 WHERE c.thread_id = m.thread_id AND c.turn = m.turn AND c.metadata ? 'card');
        PERFORM public.remember_memory_corrections(c)
           FROM public.memories m JOIN public.memory_corrections c ON c.memory_id = m.id
          WHERE m.thread_id = NEW.id;
    ELSE
        DELETE FROM public.memories WHERE thread_id = NEW.id AND forgotten_at IS NULL;
        DELETE FROM public.thread_summaries WHERE thread_id = NEW.id;
    END IF;
    UPDATE public.threads SET summarised_turn = 0 WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER remember_thread AFTER UPDATE OF remembered ON threads FOR EACH ROW
    WHEN (OLD.remembered IS DISTINCT FROM NEW.remembered) EXECUTE FUNCTION remember_thread();
