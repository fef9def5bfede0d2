-- What pgbench does per transaction: a row, its event and its idempotency record, nothing else.
\set unit random(1, 1000)
BEGIN;
INSERT INTO bench_rows (id, version, region, lead_unit_id, due_day, body)
  VALUES (gen_random_uuid()::text, 1, '210400', :unit, '2099-12-31',
          decode(repeat('e6b5', 600), 'hex'));
INSERT INTO bench_events (record_id, subject, body)
  VALUES (gen_random_uuid()::text, 'bench', decode(repeat('e6b5', 600), 'hex'));
INSERT INTO bench_requests (key, hash, event)
  VALUES (gen_random_uuid()::text, repeat('0', 64), currval('bench_events_seq_seq'));
COMMIT;
