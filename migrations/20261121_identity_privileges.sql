-- Purpose: what the app role may never do to an account, and the key of the log-in throttle.
-- Rollback: 20261121_identity_privileges_rollback.sql
-- Depends: 20261121_identity

-- A person's own connection may not change their role, their password or their sessions' life,
-- nor read a hash: those are the service's own work (mosaic_system).
REVOKE SELECT, INSERT, UPDATE ON users, sessions FROM mosaic_app;
GRANT SELECT (id, email, role, display_name, time_zone, disabled_at, last_login, created_at)
    ON users TO mosaic_app;
GRANT UPDATE (display_name, time_zone) ON users TO mosaic_app;
GRANT SELECT (id, user_id, user_data, user_agent, created_at, last_active, expires_at)
    ON sessions TO mosaic_app;
GRANT UPDATE (user_data) ON sessions TO mosaic_app;

-- One key for all replicas and restarts. The digests it makes live for minutes.
CREATE TABLE service_keys (
    name text PRIMARY KEY,
    key  bytea NOT NULL CHECK (length(key) = 32)
);
SELECT secure_system('service_keys');
INSERT INTO service_keys (name, key)
VALUES ('login_attempts', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
                                 || uuid_send(gen_random_uuid())));
