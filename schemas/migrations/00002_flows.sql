-- Table flows: VPC flow records, columns as schemas.Flows.Columns(). Copies and
-- partitions as in events. In a day the records of an interface lie together:
-- "traffic of this machine" reads few granules, and its addresses, subnet and
-- instance repeat from row to row.
--
-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS flows
(
    tenant_id         LowCardinality(String)  CODEC(ZSTD(1)),
    event_time        DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1)),
    ingest_time       DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1)),
    source            LowCardinality(String)  CODEC(ZSTD(1)),
    row_kind          UInt8                   CODEC(ZSTD(1)),
    reason            LowCardinality(String)  CODEC(ZSTD(1)),
    action            LowCardinality(String)  CODEC(ZSTD(1)),
    status_id         UInt8                   CODEC(ZSTD(1)),
    status_code       LowCardinality(String)  CODEC(ZSTD(1)),
    disposition_id    UInt8                   CODEC(ZSTD(1)),
    cloud_account     LowCardinality(String)  CODEC(ZSTD(1)),
    cloud_region      LowCardinality(String)  CODEC(ZSTD(1)),
    src_ip            IPv6                    CODEC(ZSTD(1)),
    src_addr          String                  CODEC(ZSTD(1)),
    src_port          UInt16                  CODEC(ZSTD(1)),
    dst_ip            IPv6                    CODEC(ZSTD(1)),
    dst_addr          String                  CODEC(ZSTD(1)),
    dst_port          UInt16                  CODEC(ZSTD(1)),
    protocol          UInt8                   CODEC(ZSTD(1)),
    packets           UInt64                  CODEC(T64, ZSTD(1)),
    bytes             UInt64                  CODEC(T64, ZSTD(1)),
    start_time        DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1)),
    tcp_flags         UInt16                  CODEC(ZSTD(1)),
    direction         LowCardinality(String)  CODEC(ZSTD(1)),
    interface_id      String                  CODEC(ZSTD(1)),
    instance_id       String                  CODEC(ZSTD(1)),
    vpc_id            LowCardinality(String)  CODEC(ZSTD(1)),
    subnet_id         LowCardinality(String)  CODEC(ZSTD(1)),
    pkt_src_ip        IPv6                    CODEC(ZSTD(1)),
    pkt_dst_ip        IPv6                    CODEC(ZSTD(1)),
    pkt_src_service   LowCardinality(String)  CODEC(ZSTD(1)),
    pkt_dst_service   LowCardinality(String)  CODEC(ZSTD(1)),
    traffic_path      UInt8                   CODEC(ZSTD(1)),
    reject_reason     LowCardinality(String)  CODEC(ZSTD(1)),
    scrub_count       UInt16                  CODEC(ZSTD(1)),
    scrub_types       Array(String)           CODEC(ZSTD(1)),
    flags             UInt64                  CODEC(ZSTD(1)),
    present           UInt64                  CODEC(ZSTD(1)),
    origin            LowCardinality(String)  CODEC(ZSTD(1)),
    batch             LowCardinality(String)  CODEC(ZSTD(1)),
    record_no         UInt64                  CODEC(Delta(8), ZSTD(1)),
    native            String                  CODEC(ZSTD(1)),

    INDEX ix_src_ip           src_ip         TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_dst_ip           dst_ip         TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_src_addr         src_addr       TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_dst_addr         dst_addr       TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_batch            batch          TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_ingest_time      ingest_time    TYPE minmax GRANULARITY 1,

    PROJECTION rows_of_batch (SELECT batch, count() GROUP BY batch)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(event_time)
ORDER BY (tenant_id, toDate32(event_time), interface_id, event_time, batch, record_no)
SETTINGS min_bytes_for_wide_part = 268435456, auto_statistics_types = '', merge_selector_base = 16,
    deduplicate_merge_projection_mode = 'rebuild';
