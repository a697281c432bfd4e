CREATE INDEX IF NOT EXISTS runs_by_owner ON runs (owner_id);
DROP INDEX IF EXISTS runs_by_owner_time;
DROP TABLE IF EXISTS usage_days CASCADE;
DROP TABLE IF EXISTS provider_breakers CASCADE;
