-- Purpose: more of the business is remembered for its operators: what leads wrote, the reports and
-- briefings of operations, the assumptions of estimates.
-- Rollback: 20261127_recall_feeds_rollback.sql
-- Depends: 20261127_memories, 20261121_leads, 20261121_learning, 20261121_operations

-- What a lead says of itself comes from outside, whoever typed it in.
SELECT remember_rows('leads', '{id}', $$'{"kind": "lead", "by": "outside"}'::jsonb$$,
    $$CASE WHEN r.source <> 'system' AND r.description IS NOT NULL
        THEN concat_ws(E'\n', r.title, r.description) END$$,
    'r.created_at', shared_with => 'operator');
SELECT remember_rows('ops_artifacts', '{id}', $$'{"kind": "report", "by": "service"}'::jsonb$$,
    $$concat_ws(E'\n', r.title, nullif(r.content, ''))$$, 'r.created_at',
    shared_with => 'operator');
SELECT remember_rows('roi_estimates', '{id}', $$'{"kind": "estimate", "by": "service"}'::jsonb$$,
    $$CASE WHEN r.assumptions <> '{}' THEN concat_ws(E'\n',
        (SELECT l.title FROM public.leads l WHERE l.id = r.lead_id),
        array_to_string(r.assumptions, E'\n')) END$$,
    'r.created_at', shared_with => 'operator');
