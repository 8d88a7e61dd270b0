-- Table access_by_resource: the events once more, once for each thing an event touched
-- (resource_ids and patient_token), in the order of the things: "who accessed X"
-- reads one range. It answers without touching events; native and the rest are
-- found there by (batch, record_no).
--
-- Ordered by the name itself, not its hash: a prefix (bucket/*) is then a range
-- too.
--
-- A view fills it from each insert into events. An insert that dies half way may
-- fill one table and not the other, so whoever repairs events repairs this too
-- (package store/clickhouse does). Identity is (batch, record_no, resource).
--
-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS access_by_resource
(
    resource          String                  CODEC(ZSTD(1)),
    tenant_id         LowCardinality(String)  CODEC(ZSTD(1)),
    event_time        DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1)),
    source            LowCardinality(String)  CODEC(ZSTD(1)),
    action            LowCardinality(String)  CODEC(ZSTD(1)),
    service           LowCardinality(String)  CODEC(ZSTD(1)),
    status_id         UInt8                   CODEC(ZSTD(1)),
    status_code       LowCardinality(String)  CODEC(ZSTD(1)),
    read_only         UInt8                   CODEC(ZSTD(1)),
    cloud_account     LowCardinality(String)  CODEC(ZSTD(1)),
    actor_type        LowCardinality(String)  CODEC(ZSTD(1)),
    actor_id          String                  CODEC(ZSTD(1)),
    actor_name        String                  CODEC(ZSTD(1)),
    actor_role        LowCardinality(String)  CODEC(ZSTD(1)),
    actor_session     String                  CODEC(ZSTD(1)),
    src_ip            IPv6                    CODEC(ZSTD(1)),
    src_addr          String                  CODEC(ZSTD(1)),
    src_country       LowCardinality(String)  CODEC(ZSTD(1)),
    patient_token     String                  CODEC(ZSTD(1)),
    purpose_of_use    LowCardinality(String)  CODEC(ZSTD(1)),
    flags             UInt64                  CODEC(ZSTD(1)),
    batch             LowCardinality(String)  CODEC(ZSTD(1)),
    record_no         UInt64                  CODEC(Delta(8), ZSTD(1)),

    INDEX ix_actor_id         actor_id       TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_batch            batch          TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(event_time)
ORDER BY (tenant_id, resource, event_time, batch, record_no)
SETTINGS min_bytes_for_wide_part = 268435456, auto_statistics_types = '', merge_selector_base = 16;

CREATE MATERIALIZED VIEW IF NOT EXISTS access_by_resource_feed TO access_by_resource AS
SELECT
    arrayJoin(arrayDistinct(if(patient_token = '', resource_ids, arrayPushBack(resource_ids, patient_token)))) AS resource,
    tenant_id, event_time, source, action, service, status_id, status_code, read_only, cloud_account, actor_type, actor_id,
    actor_name, actor_role, actor_session, src_ip, src_addr, src_country, patient_token, purpose_of_use, flags, batch, record_no
FROM events
WHERE row_kind = 0;
