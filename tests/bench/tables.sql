-- The tables of create.sql.
CREATE TABLE bench_rows (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,
  lead_unit_id TEXT NOT NULL, due_day TEXT NOT NULL, body BYTEA NOT NULL);
CREATE INDEX ON bench_rows (lead_unit_id, id);
CREATE INDEX ON bench_rows (due_day, id);
CREATE TABLE bench_events (seq BIGSERIAL PRIMARY KEY, record_id TEXT NOT NULL,
  subject TEXT NOT NULL, body BYTEA NOT NULL);
CREATE TABLE bench_requests (key TEXT PRIMARY KEY, hash TEXT NOT NULL, event BIGINT NOT NULL);
