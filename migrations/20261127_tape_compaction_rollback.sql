DROP INDEX runs_with_old_tape;
ALTER TABLE runs DROP COLUMN tape_length;
