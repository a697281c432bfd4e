-- Warning: deletes every learning item and every estimate of a lead's return.
DROP TABLE IF EXISTS roi_estimates CASCADE;
DROP TABLE IF EXISTS learning_items CASCADE;
