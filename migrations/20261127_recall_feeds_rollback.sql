DO $$
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY '{leads,ops_artifacts,roi_estimates}'::text[] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS remember ON %I', source);
        EXECUTE format('DROP FUNCTION IF EXISTS remember_%s', source);
        DELETE FROM memories WHERE source_table = source;
    END LOOP;
END $$;
