-- What rules find. The tables alerts, rule_matches and watched follow from the
-- archive and the rules: writing a row again is harmless. Readers take one row of
-- each identity (LIMIT 1 BY).
--
-- alerts: an alert has one row for each batch that added to it, and one with an
-- empty batch if a correlation found it; the newest written counts.
-- rule_matches: matches of rules that correlations are made of, for a while.
-- watched: batches that rules have run over. state 1: matches and alerts are
-- stored; 2: correlations have seen them too.
-- rule_runs: every window that correlations, schedules and people ran rules over.
-- alert_states, alert_deliveries: what people and routes did. They are only added to.
-- drills: the native ids of events that a drill made.
--
-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS alerts
(
    tenant_id     LowCardinality(String),
    alert_id      String,
    batch         String,
    rule_id       String,
    rule_version  LowCardinality(String),
    title         LowCardinality(String),
    level         LowCardinality(String),
    kind          LowCardinality(String),
    source        LowCardinality(String),
    group_names   Array(LowCardinality(String)),
    group_values  Array(String),
    window_from   DateTime64(3, 'UTC'),
    window_to     DateTime64(3, 'UTC'),
    first_time    DateTime64(3, 'UTC'),
    last_time     DateTime64(3, 'UTC'),
    matches       UInt64,
    evidence      Array(Tuple(batch String, record_no UInt64)),
    summary       String,
    suppression   LowCardinality(String),
    drill         LowCardinality(String),
    written       DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(written)
ORDER BY (tenant_id, alert_id, batch);

CREATE TABLE IF NOT EXISTS rule_matches
(
    tenant_id     LowCardinality(String),
    rule_id       LowCardinality(String),
    rule_version  LowCardinality(String),
    event_time    DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1)),
    batch         LowCardinality(String)  CODEC(ZSTD(1)),
    record_no     UInt64                  CODEC(Delta(8), ZSTD(1)),
    source        LowCardinality(String),
    names         Array(LowCardinality(String)) CODEC(ZSTD(1)),
    texts         Array(String)           CODEC(ZSTD(1)),
    drill         LowCardinality(String),
    seen          DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(seen)
ORDER BY (tenant_id, rule_id, rule_version, event_time, batch, record_no)
TTL toDateTime(seen) + INTERVAL 40 DAY;

CREATE TABLE IF NOT EXISTS watched
(
    tenant_id     LowCardinality(String),
    batch         String,
    state         UInt8,
    rules         LowCardinality(String),
    matches       UInt64,
    alerts        UInt64,
    base_from     DateTime64(3, 'UTC'),
    base_to       DateTime64(3, 'UTC'),
    bases         Array(LowCardinality(String)),
    cost_us       UInt64,
    written       DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(state)
ORDER BY (tenant_id, batch);

CREATE TABLE IF NOT EXISTS rule_runs
(
    tenant_id     LowCardinality(String),
    run_id        String,
    kind          LowCardinality(String),
    rule_id       String,
    rule_version  LowCardinality(String),
    title         LowCardinality(String),
    window_from   DateTime64(3, 'UTC'),
    window_to     DateTime64(3, 'UTC'),
    lateness_ms   UInt64,
    matches       UInt64,
    alerts        UInt64,
    late          UInt64,
    dropped       UInt64,
    cost_ms       Float64,
    status        LowCardinality(String),
    reason        LowCardinality(String),
    at            DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (tenant_id, rule_id, at, run_id);

CREATE TABLE IF NOT EXISTS alert_states
(
    tenant_id     LowCardinality(String),
    alert_id      String,
    at            DateTime64(6, 'UTC'),
    state         LowCardinality(String),
    who           String,
    note          String
)
ENGINE = MergeTree
ORDER BY (tenant_id, alert_id, at);

CREATE TABLE IF NOT EXISTS alert_deliveries
(
    tenant_id     LowCardinality(String),
    alert_id      String,
    route         LowCardinality(String),
    at            DateTime64(3, 'UTC'),
    attempt       UInt32,
    status        LowCardinality(String),
    code          LowCardinality(String),
    took_ms       Float64
)
ENGINE = MergeTree
ORDER BY (tenant_id, alert_id, route, at);

CREATE TABLE IF NOT EXISTS drills
(
    tenant_id     LowCardinality(String),
    drill         String,
    native_id     String,
    at            DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant_id, native_id, drill);
