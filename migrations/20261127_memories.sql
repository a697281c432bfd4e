-- Purpose: what is remembered: passages of messages and ledgers, with where each comes from, and
-- their vectors, side by side for every embedding model.
-- Rollback: 20261127_memories_rollback.sql
-- Depends: 20261121_conversation, 20261121_experiments, 20261121_learning, 20261121_pipeline

ALTER TABLE threads ADD COLUMN remembered boolean NOT NULL DEFAULT true;

-- A passage belongs to a person, or it is shared with an audience. It names the row it was cut
-- from and goes when that row goes. `written_by` is whose words it is: what came from outside is
-- material and never an instruction. `stale` waits for its vectors.
CREATE TABLE memories (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id     text REFERENCES users ON DELETE CASCADE,
    audience     text CHECK (audience IN ('client', 'operator', 'both')),
    kind         text NOT NULL CHECK (kind ~ '^[a-z_]{1,40}$'),
    text         text NOT NULL CHECK (length(btrim(text)) > 0),
    source_table text NOT NULL,
    source_key   jsonb NOT NULL,
    part         smallint NOT NULL DEFAULT 0,
    written_by   text NOT NULL CHECK (written_by IN (
                     'person', 'assistant', 'operator', 'service', 'outside')),
    speaker      text,
    thread_id    text REFERENCES threads ON DELETE CASCADE,
    -- Where in its thread it was said; passages whose places differ by one are neighbours.
    place        integer,
    happened_at  timestamptz NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    forgotten_at timestamptz,
    stale        boolean NOT NULL DEFAULT true,
    terms        tsvector NOT NULL GENERATED ALWAYS AS
                 (to_tsvector('english'::regconfig, text)) STORED,
    UNIQUE (source_table, source_key, part),
    CHECK ((owner_id IS NULL) = (audience IS NOT NULL)),
    CHECK ((thread_id IS NULL) = (place IS NULL))
);
CREATE INDEX memories_by_owner ON memories (owner_id, happened_at DESC, id);
CREATE INDEX memories_by_thread ON memories (thread_id, place);
CREATE INDEX memories_stale ON memories (id) WHERE stale;

ALTER TABLE memories ENABLE ROW LEVEL SECURITY;
ALTER TABLE memories FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON memories FOR SELECT TO mosaic_app USING (
    owner_id = (SELECT nullif(current_setting('app.user', true), ''))
    OR (owner_id IS NULL
        AND audience IN ('both', (SELECT current_setting('app.role', true)))));
CREATE POLICY writing ON memories TO mosaic_app USING (
    owner_id = (SELECT nullif(current_setting('app.user', true), ''))
    OR (owner_id IS NULL AND (SELECT current_setting('app.role', true)) = 'operator'));
CREATE POLICY system ON memories TO mosaic_system USING (true);

-- The vector spaces. One is active: questions are embedded with it.
CREATE TABLE embedding_models (
    id         smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    dimensions integer NOT NULL CHECK (dimensions BETWEEN 1 AND 4000),
    state      text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'filling', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX embedding_models_active ON embedding_models (state) WHERE state = 'active';
ALTER TABLE embedding_models ENABLE ROW LEVEL SECURITY;
ALTER TABLE embedding_models FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON embedding_models FOR SELECT TO mosaic_app USING (true);
CREATE POLICY system ON embedding_models TO mosaic_system USING (true);

-- Half precision, in the row itself: a person's vectors are read one after the other.
CREATE TABLE memory_vectors (
    memory_id bigint NOT NULL REFERENCES memories ON DELETE CASCADE,
    model_id  smallint NOT NULL REFERENCES embedding_models ON DELETE CASCADE,
    owner_id  text REFERENCES users ON DELETE CASCADE,
    audience  text,
    vector    halfvec NOT NULL,
    PRIMARY KEY (memory_id, model_id)
);
ALTER TABLE memory_vectors ALTER COLUMN vector SET STORAGE MAIN;
CREATE INDEX memory_vectors_by_owner ON memory_vectors (owner_id, model_id);
CREATE INDEX memory_vectors_by_model ON memory_vectors (model_id, memory_id);
ALTER TABLE memory_vectors ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory_vectors FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON memory_vectors FOR SELECT TO mosaic_app USING (
    owner_id = (SELECT nullif(current_setting('app.user', true), ''))
    OR (owner_id IS NULL
        AND audience IN ('both', (SELECT current_setting('app.role', true)))));
CREATE POLICY writing ON memory_vectors TO mosaic_app USING (
    owner_id = (SELECT nullif(current_setting('app.user', true), ''))
    OR (owner_id IS NULL AND (SELECT current_setting('app.role', true)) = 'operator'));
CREATE POLICY system ON memory_vectors TO mosaic_system USING (true);

-- A text cut into passages of at most 1,000 characters, at a blank line, the end of a sentence or
-- a space where there is one. What lies past 200 passages is not remembered.
CREATE FUNCTION passages(whole text) RETURNS TABLE (part smallint, passage text)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    rest  text := btrim(whole, E' \t\r\n');
    head  text;
    cut   integer;
BEGIN
    part := 0;
    WHILE length(rest) > 0 AND part < 200 LOOP
        head := left(rest, 1000);
        IF length(rest) > 1000 THEN
            cut := greatest(
                length(substring(head FROM '^(.*\n\s*\n)')),
                length(substring(head FROM '^(.*[.!?]\s)')));
            IF cut IS NULL OR cut < 300 THEN
                cut := coalesce(length(substring(head FROM '^(.*\s)')), 1000);
            END IF;
            head := left(rest, cut);
        END IF;
        rest := btrim(substr(rest, length(head) + 1), E' \t\r\n');
        passage := btrim(head, E' \t\r\n');
        IF passage <> '' THEN
            RETURN NEXT;
            part := part + 1;
        END IF;
    END LOOP;
END $$;

-- Remember a source row's text, or no longer when it has none.
CREATE FUNCTION remember(
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

CREATE FUNCTION remember_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb;
    key     jsonb;
BEGIN
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format('SELECT public.remember_%s($1)', TG_TABLE_NAME) USING NEW;
        RETURN NULL;
    END IF;
    changed := to_jsonb(OLD);
    SELECT jsonb_object_agg(name, changed -> name) INTO key FROM unnest(TG_ARGV) AS name;
    DELETE FROM public.memories WHERE source_table = TG_TABLE_NAME AND source_key = key;
    RETURN NULL;
END $$;

-- The one declaration a ledger makes to be remembered: its rows from now on, in the transaction
-- that writes them, and those that are there. Expressions are SQL over the row `r`; a null text
-- is not remembered. `said` adds kind, by and, for speech, speaker, thread and place.
CREATE FUNCTION remember_rows(
    target regclass, key text[], said text, content text, at text,
    owner text DEFAULT 'NULL', shared_with text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $declare$
DECLARE
    pairs text;
BEGIN
    SELECT string_agg(format('%L, r.%I', name, name), ', ') INTO pairs FROM unnest(key) AS name;
    EXECUTE format(
        'CREATE FUNCTION remember_%1$s(r %1$s) RETURNS void LANGUAGE sql AS '
        '$row$ SELECT public.remember(%2$L, jsonb_build_object(%3$s), %4$s, %5$s, %6$L, %7$s, '
        '%8$s) $row$',
        target, target::text, pairs, said, owner, shared_with, content, at);
    EXECUTE format(
        'CREATE TRIGGER remember AFTER INSERT OR UPDATE OR DELETE ON %s '
        'FOR EACH ROW EXECUTE FUNCTION remember_row(%s)',
        target, (SELECT string_agg(quote_literal(name), ', ') FROM unnest(key) AS name));
    SET LOCAL ROLE mosaic_system;
    EXECUTE format('SELECT remember_%1$s(r) FROM %1$s r', target);
    RESET ROLE;
END $declare$;

-- Chat, both sides. A thread may be left out; so is what was not finished, and a turn that was
-- answered with a crisis card.
SELECT remember_rows('messages', '{thread_id,id}',
    $$jsonb_build_object('kind', 'message',
        'by', CASE r.role WHEN 'user' THEN 'person' ELSE 'assistant' END,
        'speaker', r.metadata ->> 'speaker', 'thread', r.thread_id,
        'place', 2 * r.turn + r.position)$$,
    $$CASE WHEN NOT r.metadata ?| '{status,card}'
        AND (SELECT t.remembered FROM public.threads t WHERE t.id = r.thread_id)
        THEN r.content END$$,
    'r.created_at', 'r.owner_id');

CREATE FUNCTION forget_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM public.memories m USING public.messages s
     WHERE s.thread_id = NEW.thread_id AND s.turn = NEW.turn AND m.source_table = 'messages'
       AND m.source_key = jsonb_build_object('thread_id', s.thread_id, 'id', s.id);
    RETURN NULL;
END $$;
CREATE TRIGGER remember_no_crisis AFTER INSERT ON messages
    FOR EACH ROW WHEN (NEW.metadata ? 'card') EXECUTE FUNCTION forget_turn();

-- The client's ledgers.
SELECT remember_rows('experiments', '{id}', $$'{"kind": "experiment", "by": "person"}'::jsonb$$,
    $$CASE WHEN r.undone_at IS NULL THEN concat_ws(E'\n', r.experiment_name, r.description,
        r.hypothesis, r.smallest_version, r.success_metric, r.resources) END$$,
    'r.created_at', 'r.user_id');
SELECT remember_rows('experiment_reflections', '{id}', $$'{"kind": "reflection", "by": "person"}'::jsonb$$,
    'CASE WHEN r.undone_at IS NULL THEN r.outcome END', 'r.created_at', 'r.user_id');
SELECT remember_rows('learning_data', '{id}', $$'{"kind": "learning", "by": "person"}'::jsonb$$,
    'CASE WHEN r.undone_at IS NULL THEN r.content END', 'r.created_at', 'r.user_id');
SELECT remember_rows('capability_evidence', '{id}', $$'{"kind": "evidence", "by": "person"}'::jsonb$$,
    $$CASE WHEN r.undone_at IS NULL THEN concat_ws(E'\n', r.capability_name, r.evidence_type,
        (SELECT string_agg(value #>> '{}', E'\n')
           FROM jsonb_path_query(r.evidence_data, 'strict $.**') AS value
          WHERE jsonb_typeof(value) = 'string')) END$$,
    'r.created_at', 'r.user_id');

-- The business's ledgers, for its operators.
SELECT remember_rows('artifacts', '{id}', $$'{"kind": "artifact", "by": "service"}'::jsonb$$,
    $$concat_ws(E'\n', r.title, r.content)$$, 'r.created_at', shared_with => 'operator');
SELECT remember_rows('lead_touches', '{id}',
    $$jsonb_build_object('kind', 'touch',
        'by', CASE r.direction WHEN 'inbound' THEN 'outside' ELSE 'operator' END)$$,
    'r.summary', 'r.touched_at', shared_with => 'operator');
SELECT remember_rows('learning_items', '{id}', $$'{"kind": "learning_item", "by": "operator"}'::jsonb$$,
    $$concat_ws(E'\n', r.title, nullif(r.body, ''))$$, 'r.created_at',
    shared_with => 'operator');
