-- Purpose: roles, row-level security in one call a table, pgvector.
-- Rollback: 20261121_foundation_rollback.sql (the roles stay: they belong to the whole server).

CREATE EXTENSION IF NOT EXISTS vector;

-- The service runs as mosaic_app; its own upkeep (log-in, job pick-up) as mosaic_system.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mosaic_app') THEN
        CREATE ROLE mosaic_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mosaic_system') THEN
        CREATE ROLE mosaic_system NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    EXECUTE format('GRANT mosaic_app, mosaic_system TO %I', current_user);
END $$;

CREATE SCHEMA jobs;
CREATE SCHEMA checkpoints;
GRANT USAGE ON SCHEMA public, jobs, checkpoints TO mosaic_app, mosaic_system;

ALTER DEFAULT PRIVILEGES IN SCHEMA public, jobs, checkpoints
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO mosaic_app, mosaic_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA public, jobs, checkpoints
    GRANT USAGE ON SEQUENCES TO mosaic_app, mosaic_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA public, jobs, checkpoints
    GRANT EXECUTE ON FUNCTIONS TO mosaic_app, mosaic_system;
-- Who reads the migration state is the service's health check.
GRANT SELECT ON public.schema_migrations TO mosaic_app, mosaic_system;

-- A personal table: a caller sees and writes the rows whose owner column names them.
-- The setting is read in a sub-select so that it is evaluated once, not once a row; after a
-- commit it is '' and not null, hence nullif.
CREATE FUNCTION secure_personal(target regclass, owner_column text DEFAULT 'owner_id')
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY personal ON %s TO mosaic_app '
        'USING (%I = (SELECT nullif(current_setting(''app.user'', true), '''')))',
        target, owner_column);
    EXECUTE format('CREATE POLICY system ON %s TO mosaic_system USING (true)', target);
END $$;

-- A table of the business: operators see and write it, clients see nothing.
CREATE FUNCTION secure_business(target regclass)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY business ON %s TO mosaic_app '
        'USING ((SELECT current_setting(''app.role'', true)) = ''operator'')',
        target);
    EXECUTE format('CREATE POLICY system ON %s TO mosaic_system USING (true)', target);
END $$;

-- A table that only the service itself reads and writes.
CREATE FUNCTION secure_system(target regclass)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY system ON %s TO mosaic_system USING (true)', target);
END $$;
