-- What was seen, in which window, by rules that fire on what is new (their member
-- novel): whose habits, and what. A window that is run again is written again.
--
-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS seen_values
(
    tenant_id     LowCardinality(String),
    rule_id       LowCardinality(String),
    rule_version  LowCardinality(String),
    whose         String                  CODEC(ZSTD(1)),
    what          String                  CODEC(ZSTD(1)),
    window_from   DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1)),
    first_time    DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1)),
    last_time     DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant_id, rule_id, rule_version, whose, what, window_from)
TTL toDateTime(window_from) + INTERVAL 400 DAY;
