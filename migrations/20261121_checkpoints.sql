-- Purpose: LangGraph's checkpoint tables, in a schema of their own. A checkpoint lives as long
-- as its run.
-- Rollback: 20261121_checkpoints_rollback.sql
-- Depends: 20261121_foundation
-- Library: langgraph
SET LOCAL search_path TO checkpoints;
