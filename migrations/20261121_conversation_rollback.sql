-- Warning: deletes every conversation, run and receipt.
DROP TABLE IF EXISTS receipts CASCADE;
DROP TABLE IF EXISTS tool_calls CASCADE;
DROP TABLE IF EXISTS run_events CASCADE;
DROP TABLE IF EXISTS messages CASCADE;
DROP TABLE IF EXISTS runs CASCADE;
DROP TABLE IF EXISTS threads CASCADE;
