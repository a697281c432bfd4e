-- Purpose: the decided approvals of the inbox, the newest decision first, read a page at a time.
-- Rollback: 20261127_approvals_ended_rollback.sql
-- Depends: 20261121_approvals

CREATE INDEX approvals_ended ON approvals ((coalesce(decided_at, expires_at)) DESC, id DESC)
    WHERE status <> 'pending';
