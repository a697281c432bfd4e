-- Warning: deletes every lead and all touches with them.
DROP TABLE IF EXISTS lead_touches CASCADE;
DROP TABLE IF EXISTS leads CASCADE;
