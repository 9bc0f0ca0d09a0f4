-- The ledger's tables as version 1 made them, with a row each.
CREATE TABLE feed_runs (feed TEXT NOT NULL, state TEXT NOT NULL, last_ok_at DATETIME,
    last_data_at DATETIME, detail TEXT NOT NULL, PRIMARY KEY (feed),
    CHECK (state IN ('ok', 'late', 'failed', 'never')));
CREATE TABLE inputs (sha256 TEXT NOT NULL, kind TEXT NOT NULL, source_name TEXT NOT NULL,
    received_at DATETIME NOT NULL, rows INTEGER NOT NULL, rejected INTEGER NOT NULL,
    state TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (sha256, kind));
CREATE TABLE meta ("key" TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE events (event_id TEXT NOT NULL, first_seen_at DATETIME NOT NULL,
    last_seen_at DATETIME NOT NULL, hotspot_count INTEGER NOT NULL, satellites TEXT NOT NULL,
    instruments TEXT NOT NULL, frp_max_mw DOUBLE, frp_sum_mw DOUBLE, footprint_ha DOUBLE NOT NULL,
    lon DOUBLE NOT NULL, lat DOUBLE NOT NULL, state TEXT NOT NULL, merged_into TEXT,
    geometry BLOB NOT NULL, PRIMARY KEY (event_id));
CREATE TABLE cases (case_id TEXT NOT NULL, event_id TEXT NOT NULL, status TEXT NOT NULL,
    category TEXT, team_id TEXT, affected_forest_ha DOUBLE, opened_at DATETIME NOT NULL,
    answer_due_at DATETIME NOT NULL, result_due_at DATETIME NOT NULL, dispatched_at DATETIME,
    answered_at DATETIME, closed_at DATETIME, PRIMARY KEY (case_id), UNIQUE (event_id));
CREATE TABLE case_log (seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, case_id TEXT NOT NULL,
    at DATETIME NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, "before" TEXT NOT NULL,
    "after" TEXT NOT NULL, remark TEXT, FOREIGN KEY(case_id) REFERENCES cases (case_id));
CREATE TRIGGER case_log_no_update BEFORE UPDATE ON case_log
    BEGIN SELECT RAISE(ABORT, 'case_log is append-only'); END;
INSERT INTO meta VALUES ('schema_version', '1'), ('layout', '3a7133b58eb32b88');
INSERT INTO inputs VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'firms', 'a.csv', '2024-04-04 04:00:00.000000', 7, 1, 'done', '');
INSERT INTO feed_runs VALUES ('firms', 'late', NULL, '2024-04-04 04:00:00.000000', 'slow');
INSERT INTO events VALUES ('JDZ-20240404-001', '2024-04-04 04:00:00.000000', '2024-04-04 04:00:00.000000', 1, 'N', 'V', NULL, NULL, 14.0,
    117.2, 29.3, 'active', NULL, x'010100000000000000000000000000000000000000');
INSERT INTO cases VALUES ('CASE-20240404-001', 'JDZ-20240404-001', 'open', NULL, NULL, NULL,
    '2024-04-04 04:00:00.000000', '2024-04-04 04:00:00.000000', '2024-04-04 04:00:00.000000', NULL, NULL, NULL);
INSERT INTO case_log (case_id, at, who, action, "before", "after")
    VALUES ('CASE-20240404-001', '2024-04-04 04:00:00.000000', 'duty', 'open', '{}', '{}');
CREATE TABLE verdicts (event_id TEXT NOT NULL, verdict TEXT NOT NULL, explained_by TEXT,
    reasons TEXT NOT NULL, priority INTEGER NOT NULL, priority_parts TEXT NOT NULL,
    forest_share DOUBLE, zone_id TEXT, county TEXT, township TEXT, place TEXT,
    rules_version TEXT NOT NULL, decided_at DATETIME NOT NULL, PRIMARY KEY (event_id),
    FOREIGN KEY(event_id) REFERENCES events (event_id));
CREATE TABLE verdict_history (seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL,
    verdict TEXT NOT NULL, explained_by TEXT, reasons TEXT NOT NULL, priority INTEGER NOT NULL,
    priority_parts TEXT NOT NULL, forest_share DOUBLE, zone_id TEXT, county TEXT, township TEXT,
    place TEXT, rules_version TEXT NOT NULL, decided_at DATETIME NOT NULL,
    FOREIGN KEY(event_id) REFERENCES events (event_id));
CREATE TRIGGER verdict_history_no_update BEFORE UPDATE ON verdict_history
    BEGIN SELECT RAISE(ABORT, 'verdict_history is append-only'); END;
INSERT INTO verdicts VALUES ('JDZ-20240404-001', 'permitted', 'P1', '[]', 0, '{}', 0.5, NULL, NULL,
    NULL, NULL, 'abc', '2024-04-04 04:00:00.000000');
INSERT INTO verdict_history (event_id, verdict, explained_by, reasons, priority, priority_parts,
    forest_share, rules_version, decided_at)
    VALUES ('JDZ-20240404-001', 'permitted', 'P1', '[]', 0, '{}', 0.5, 'abc',
    '2024-04-04 04:00:00.000000');
