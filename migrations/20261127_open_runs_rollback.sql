DROP INDEX runs_open_by_thread;
