-- Purpose: making summaries in the background: one maker a thread, and what a model's cost each day.
-- Rollback: 20261127_summaries_rollback.sql
-- Depends: 20261127_remembering

-- Who makes a thread's summaries has it until then; a maker that died loses it by itself.
ALTER TABLE threads ADD COLUMN summarising_until timestamptz;

-- The day is UTC's. It is counted in the people's usage too; here stands the sum of summaries.
CREATE TABLE summary_days (
    day      date PRIMARY KEY,
    cost_usd numeric(14, 6) NOT NULL CHECK (cost_usd >= 0)
);
SELECT secure_system('summary_days');
