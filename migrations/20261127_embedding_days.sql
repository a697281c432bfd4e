-- Purpose: what each embedding model has cost each day, in tokens.
-- Rollback: 20261127_embedding_days_rollback.sql
-- Depends: 20261121_foundation

-- The day is UTC's. Nobody's name is in it: texts of many people go out in one request.
CREATE TABLE embedding_days (
    day    date NOT NULL,
    model  text NOT NULL,
    tokens bigint NOT NULL CHECK (tokens >= 0),
    PRIMARY KEY (day, model)
);
SELECT secure_system('embedding_days');
