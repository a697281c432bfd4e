-- Warning: drops every job, waiting ones included.
DROP SCHEMA IF EXISTS jobs CASCADE;
CREATE SCHEMA jobs;
GRANT USAGE ON SCHEMA jobs TO mosaic_app, mosaic_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA jobs
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO mosaic_app, mosaic_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA jobs GRANT USAGE ON SEQUENCES TO mosaic_app, mosaic_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA jobs GRANT EXECUTE ON FUNCTIONS TO mosaic_app, mosaic_system;
