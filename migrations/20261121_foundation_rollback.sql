-- Warning: drops the job queue and the checkpoints with everything in them.
DROP FUNCTION IF EXISTS secure_personal(regclass, text);
DROP FUNCTION IF EXISTS secure_business(regclass);
DROP FUNCTION IF EXISTS secure_system(regclass);
ALTER DEFAULT PRIVILEGES IN SCHEMA public, jobs, checkpoints
    REVOKE ALL ON TABLES FROM mosaic_app, mosaic_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA public, jobs, checkpoints
    REVOKE ALL ON SEQUENCES FROM mosaic_app, mosaic_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA public, jobs, checkpoints
    REVOKE ALL ON FUNCTIONS FROM mosaic_app, mosaic_system;
REVOKE SELECT ON public.schema_migrations FROM mosaic_app, mosaic_system;
REVOKE USAGE ON SCHEMA public FROM mosaic_app, mosaic_system;
DROP SCHEMA IF EXISTS jobs CASCADE;
DROP SCHEMA IF EXISTS checkpoints CASCADE;
DROP EXTENSION IF EXISTS vector;
