DROP TABLE IF EXISTS service_keys;
REVOKE ALL ON users, sessions FROM mosaic_app;
REVOKE ALL (id, email, role, display_name, time_zone, disabled_at, last_login, created_at)
    ON users FROM mosaic_app;
REVOKE ALL (id, user_id, user_data, user_agent, created_at, last_active, expires_at)
    ON sessions FROM mosaic_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON users, sessions TO mosaic_app;
