-- Warning: deletes the operator's settings and every run report.
DROP TABLE IF EXISTS operator_settings CASCADE;
DROP TABLE IF EXISTS integration_health CASCADE;
DROP TABLE IF EXISTS ops_artifacts CASCADE;
DROP INDEX IF EXISTS receipts_low;
