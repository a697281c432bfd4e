DROP TABLE IF EXISTS summary_days CASCADE;
ALTER TABLE threads DROP COLUMN IF EXISTS summarising_until;
