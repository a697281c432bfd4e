-- Warning: deletes every pipeline run, and every proposal and other artifact of a lead.
DROP TABLE IF EXISTS artifacts CASCADE;
DROP TABLE IF EXISTS pipeline_step_runs CASCADE;
DROP TABLE IF EXISTS pipeline_runs CASCADE;
