-- What holds of the database at every moment that nothing is being written, whatever was killed,
-- cut or frozen before. Each query selects the rows that break its promise, as `wrong` and what is
-- wrong with it; none means that it holds. `invariants.py` runs them.
-- A run with a tape_length is old: its events were dropped, and its messages stand for them.
-- Parameters: acknowledged (JSON: what clients were told is stored), effects (names of the tools
-- that write).

-- setup
CREATE OR REPLACE FUNCTION pg_temp.owner_column(target oid) RETURNS name LANGUAGE sql AS $$
    SELECT attname FROM pg_attribute
     WHERE attrelid = target AND NOT attisdropped AND attname IN ('owner_id', 'user_id') LIMIT 1
$$;

-- The row that a receipt's source names; null when it is not there.
CREATE OR REPLACE FUNCTION pg_temp.source_row(table_name text, key jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    found jsonb;
BEGIN
    EXECUTE format('SELECT to_jsonb(t) FROM %I t WHERE to_jsonb(t) @> $1 LIMIT 1', table_name)
       INTO found USING key;
    RETURN found;
END $$;

-- Every row with an owner that refers to a row of another owner, over all foreign keys.
CREATE OR REPLACE FUNCTION pg_temp.foreign_rows() RETURNS TABLE (wrong text, why text)
LANGUAGE plpgsql AS $$
DECLARE
    key record;
BEGIN
    FOR key IN
        SELECT c.conname, c.conrelid::regclass AS child, c.confrelid::regclass AS parent,
               pg_temp.owner_column(c.conrelid) AS child_owner,
               pg_temp.owner_column(c.confrelid) AS parent_owner,
               (SELECT string_agg(format('child.%I = parent.%I', a.attname, f.attname), ' AND ')
                  FROM unnest(c.conkey, c.confkey) AS pair (here, there)
                  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = pair.here
                  JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = pair.there) AS same
          FROM pg_constraint c
         WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
           AND pg_temp.owner_column(c.conrelid) IS NOT NULL
           AND pg_temp.owner_column(c.confrelid) IS NOT NULL
    LOOP
        RETURN QUERY EXECUTE format(
            'SELECT %L || '': '' || left(to_jsonb(child)::text, 200), ''belongs to '' || child.%I '
            '|| '' and hangs on a row of '' || parent.%I FROM %s child JOIN %s parent ON %s '
            'WHERE child.%I <> parent.%I',
            key.conname, key.child_owner, key.parent_owner, key.child, key.parent, key.same,
            key.child_owner, key.parent_owner);
    END LOOP;
END $$;

CREATE TEMPORARY TABLE IF NOT EXISTS tape (
    run_id text, root_id text, seq integer, event jsonb, type text
);
TRUNCATE tape;
INSERT INTO tape
SELECT e.run_id, r.root_id, e.seq, e.event::jsonb, e.event::jsonb ->> 'type'
  FROM run_events e JOIN runs r ON r.id = e.run_id;
CREATE INDEX IF NOT EXISTS tape_by_run ON tape (run_id, seq);
ANALYZE tape;

-- check: every acknowledged message is stored, as it was sent
SELECT a.run_id AS wrong, 'acknowledged and not stored' AS why
  FROM jsonb_to_recordset(%(acknowledged)s) AS a (run_id text, message_id text, text text)
 WHERE NOT EXISTS (SELECT FROM messages m
                    WHERE m.run_id = a.run_id AND m.id = a.message_id AND m.role = 'user'
                      AND m.position = 0 AND m.content = a.text);

-- check: every run that a message began has that message, and no other run has one
SELECT r.id AS wrong, count(m.id) || ' messages of the user' AS why
  FROM runs r LEFT JOIN messages m ON m.run_id = r.id AND m.role = 'user'
 GROUP BY r.id
HAVING count(m.id) <> CASE WHEN r.continues IS NULL THEN 1 ELSE 0 END;

-- check: a call that writes was made at most once
SELECT r.root_id AS wrong, count(*) || ' times ' || c.tool AS why
  FROM tool_calls c JOIN runs r ON r.id = c.run_id
 WHERE c.tool = ANY (%(effects)s::text[])
 GROUP BY r.root_id, c.tool, c.args HAVING count(*) > 1;

-- check: an idempotency key wrote one row
SELECT user_id || '/' || idempotency_key AS wrong, count(*) || ' rows' AS why
  FROM (SELECT 'experiments' AS name, user_id, idempotency_key FROM experiments
        UNION ALL SELECT 'learnings', user_id, idempotency_key FROM learning_data
        UNION ALL SELECT 'evidence', user_id, idempotency_key FROM capability_evidence
        UNION ALL SELECT 'metrics', user_id, idempotency_key FROM self_efficacy_metrics) written
 WHERE idempotency_key IS NOT NULL
 GROUP BY name, user_id, idempotency_key HAVING count(*) > 1;

-- check: every run has ended, or has a job that is waiting or in living hands
SELECT r.id AS wrong, r.status || ', job ' || coalesce(j.status::text, 'gone') AS why
  FROM runs r
  LEFT JOIN jobs.procrastinate_jobs j ON j.id = r.job_id
  LEFT JOIN jobs.procrastinate_workers w ON w.id = j.worker_id
 WHERE r.status IN ('queued', 'running')
   AND (j.id IS NULL OR j.status NOT IN ('todo', 'doing')
        OR (j.status = 'doing'
            AND (w.id IS NULL OR w.last_heartbeat < now() - interval '15 seconds')));

-- check: a run that stopped for approvals waits for a living one, or goes on in one other run
SELECT r.id AS wrong, 'stopped; nobody is asked and nothing goes on' AS why
  FROM runs r
 WHERE r.status = 'interrupted'
   AND NOT EXISTS (SELECT FROM runs c WHERE c.continues = r.id)
   AND NOT EXISTS (SELECT FROM approvals a WHERE a.run_id = r.id AND a.status = 'pending')
UNION ALL
SELECT r.continues, count(*) || ' runs go on from it' FROM runs r
 WHERE r.continues IS NOT NULL GROUP BY r.continues HAVING count(*) > 1;

-- check: events count 1, 2, 3 … from RUN_STARTED on
SELECT r.id AS wrong, format('%%s events, %%s to %%s', count(t.seq), min(t.seq), max(t.seq)) AS why
  FROM runs r LEFT JOIN tape t ON t.run_id = r.id
 WHERE r.tape_length IS NULL
 GROUP BY r.id
HAVING count(t.seq) = 0 OR min(t.seq) <> 1 OR max(t.seq) <> count(t.seq)
    OR count(*) FILTER (WHERE t.type = 'RUN_STARTED') <> 1
    OR min(t.seq) FILTER (WHERE t.type = 'RUN_STARTED') <> 1;

-- check: an ended run has one terminal event, the last, of the run's own outcome; an open one none
SELECT r.id AS wrong, format('%%s, terminal events at %%s of %%s', r.status, ends.seqs, ends.last) AS why
  FROM runs r JOIN LATERAL (
        SELECT array_agg(t.seq ORDER BY t.seq) FILTER (WHERE t.type ~ '^RUN_(FINISHED|ERROR)$') AS seqs,
               max(t.seq) AS last,
               max(coalesce(t.event -> 'outcome' ->> 'type', 'error'))
                   FILTER (WHERE t.type ~ '^RUN_(FINISHED|ERROR)$') AS outcome
          FROM tape t WHERE t.run_id = r.id) ends ON r.tape_length IS NULL
 WHERE CASE WHEN r.status IN ('queued', 'running') THEN ends.seqs IS NOT NULL
            ELSE ends.seqs IS DISTINCT FROM ARRAY[ends.last] OR ends.outcome IS DISTINCT FROM
                 CASE r.status WHEN 'interrupted' THEN 'interrupt' ELSE r.status END END;

-- check: an answer as it is stored is what its events said
WITH told AS (
    SELECT run_id, event ->> 'messageId' AS id,
           coalesce(string_agg(event ->> 'delta', '' ORDER BY seq)
               FILTER (WHERE type = 'TEXT_MESSAGE_CONTENT'), '') AS content,
           count(*) FILTER (WHERE type = 'TEXT_MESSAGE_START') AS starts,
           count(*) FILTER (WHERE type = 'TEXT_MESSAGE_END') AS ends,
           bool_or(event -> 'metadata' ->> 'status' = 'superseded') AS superseded
      FROM tape WHERE type LIKE 'TEXT_MESSAGE_%%' GROUP BY 1, 2
)
SELECT coalesce(m.id, told.id) AS wrong,
       CASE WHEN told.id IS NULL THEN 'stored and never told'
            WHEN m.id IS NULL THEN 'told and not stored'
            WHEN m.content <> told.content THEN 'stored otherwise than it was told'
            ELSE format('opened %%s times, closed %%s times', told.starts, told.ends) END AS why
  FROM runs r
  JOIN (SELECT id, run_id, content FROM messages WHERE role = 'assistant') m
  FULL JOIN told ON told.run_id = m.run_id AND told.id = m.id
    ON r.id = coalesce(m.run_id, told.run_id)
 WHERE r.status NOT IN ('queued', 'running') AND r.tape_length IS NULL
   AND (told.id IS NULL OR told.starts <> 1 OR told.ends <> 1
        OR (m.id IS NULL AND told.superseded IS NOT TRUE)
        OR m.content <> told.content);

-- check: a call that was announced has one result, unless its run waits for a decision
WITH calls AS (
    SELECT root_id, event ->> 'toolCallId' AS id,
           count(*) FILTER (WHERE type = 'TOOL_CALL_START') AS starts,
           count(*) FILTER (WHERE type = 'TOOL_CALL_END') AS ends,
           count(*) FILTER (WHERE type = 'TOOL_CALL_RESULT') AS results
      FROM tape WHERE type LIKE 'TOOL_CALL_%%' GROUP BY 1, 2
), last AS (
    SELECT DISTINCT ON (root_id) root_id, status FROM runs ORDER BY root_id, turn DESC
)
SELECT c.id AS wrong,
       format('%%s starts, %%s ends, %%s results; its run: %%s', c.starts, c.ends, c.results, l.status) AS why
  FROM calls c JOIN last l USING (root_id)
 WHERE l.status NOT IN ('queued', 'running')
   AND NOT EXISTS (SELECT FROM runs r WHERE r.root_id = c.root_id AND r.tape_length IS NOT NULL)
   AND (c.starts <> 1 OR c.ends <> 1
        OR (c.results <> 1 AND NOT (l.status = 'interrupted' AND c.results = 0)));

-- check: a call that is recorded was announced
SELECT c.tool_call_id AS wrong, c.tool || ' is not on the tape of ' || c.run_id AS why
  FROM tool_calls c JOIN runs r ON r.id = c.run_id
 WHERE r.status NOT IN ('queued', 'running') AND r.tape_length IS NULL
   AND NOT EXISTS (SELECT FROM tape t WHERE t.root_id = r.root_id AND t.type = 'TOOL_CALL_START'
                      AND t.event ->> 'toolCallId' = c.tool_call_id);

-- check: an approval was decided once, and what was done is what was approved
SELECT a.id AS wrong,
       format('%%s, %%s decisions on record, done with %%s', a.status, coalesce(d.decisions, 0), d.args)
           AS why
  FROM approvals a LEFT JOIN (
        SELECT subject, count(*) AS decisions, max(action) AS action,
               (array_agg(detail -> 'args'))[1] AS args, max(actor) AS actor
          FROM audit_log
         WHERE action ~ '^approval\.(executed|denied|superseded|failed)$' GROUP BY subject) d
    ON d.subject = 'approvals/' || a.id
 WHERE CASE WHEN a.status IN ('pending', 'expired') THEN d.decisions IS NOT NULL
            ELSE d.decisions IS DISTINCT FROM 1 OR d.action <> 'approval.' || a.status
                 OR d.args IS DISTINCT FROM a.args || coalesce(a.edited_args, '{}')
                 OR d.actor IS DISTINCT FROM coalesce(a.decided_by, a.owner_id) END;

-- check: a call was proposed once and carried out at most once
SELECT r.root_id AS wrong, format('%%s with %%s, %%s times', a.tool, a.args, count(*)) AS why
  FROM approvals a JOIN runs r ON r.id = a.run_id
 WHERE a.status = 'executed'
 GROUP BY r.root_id, a.tool, a.args HAVING count(*) > 1;

-- check: what a receipt rests on is there, and its reader may see it
WITH sources AS (
    SELECT DISTINCT c.id, c.owner_id, source ->> 'table' AS name, source -> 'key' AS key
      FROM receipts c, jsonb_array_elements(c.facts) AS item,
           jsonb_array_elements(item -> 'fact' -> 'sources') AS source
), found AS (
    SELECT s.*, u.role, pg_temp.source_row(s.name, s.key) AS source,
           pg_temp.owner_column(s.name::regclass) AS owner_column,
           EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = s.name::regclass
                      AND p.polname = 'business') AS of_business
      FROM sources s JOIN users u ON u.id = s.owner_id
)
SELECT id AS wrong, format('%%s %%s ', name, key)
       || CASE WHEN source IS NULL THEN 'is not there' ELSE 'is not the reader''s' END AS why
  FROM found
 WHERE source IS NULL
    OR (role = 'client' AND (of_business OR source ->> owner_column <> owner_id));

-- check: a receipt stands under a message of its own run and reader
SELECT c.id AS wrong, 'stands under ' || c.message_id AS why
  FROM receipts c LEFT JOIN messages m ON m.thread_id = c.thread_id AND m.id = c.message_id
 WHERE (m.run_id, m.owner_id, m.role) IS DISTINCT FROM (c.run_id, c.owner_id, 'assistant')
UNION ALL
SELECT message_id, count(*) || ' receipts' FROM receipts
 GROUP BY thread_id, message_id HAVING count(*) > 1;

-- check: nothing of one person hangs on a row of another
SELECT wrong, why FROM pg_temp.foreign_rows();

-- check: the audit log is an unbroken chain
SELECT id::text AS wrong, 'does not follow from the row before it' AS why
  FROM (SELECT id, hash <> audit_hash(a) OR id <> row_number() OVER (ORDER BY id)
               OR prev_hash <> coalesce(lag(hash) OVER (ORDER BY id), '') AS broken
          FROM audit_log a) chain
 WHERE broken;
