DROP SCHEMA IF EXISTS checkpoints CASCADE;
CREATE SCHEMA checkpoints;
GRANT USAGE ON SCHEMA checkpoints TO mosaic_app, mosaic_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA checkpoints
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO mosaic_app, mosaic_system;
