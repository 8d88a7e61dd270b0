-- Table events: one row a record, columns as schemas.Events.Columns().
--
-- Identity of a row is (batch, record_no); copies of it are equal in every
-- column, so ReplacingMergeTree may drop any of them, whenever it likes. Readers
-- that count must not wait for that: package store/clickhouse says how.
--
-- Order: a day of a tenant lies together, in it the records of a source (alike,
-- so they compress, and a quiet source is found beside a loud one), in them
-- time. The day is toDate32, which covers what DateTime64 covers: toStartOfHour
-- wraps after 2106 and before 1970, and records come with such times.
-- Partitions by month: six years are 72.
--
-- No index over the words of native: a text index doubled the table in a made log
-- (620 for 304 bytes a row; much of it random identifiers, a bad case for it).
-- What it costs an insert has yet to be measured on a quiet machine. Until then a
-- search for words reads native of the days and sources it names.
--
-- Settings, for all tables that batches go to: fresh parts are compact, in one
-- file, because a wide part of 65 columns is some 200 files; statistics of columns
-- that nobody asks for are not made; merges wait for 16 parts of a size instead of
-- five, which took a third off the processor time of an ingest.
--
-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS events
(
    tenant_id         LowCardinality(String)  CODEC(ZSTD(1)),
    event_time        DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1)),
    ingest_time       DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1)),
    source            LowCardinality(String)  CODEC(ZSTD(1)),
    row_kind          UInt8                   CODEC(ZSTD(1)),
    reason            LowCardinality(String)  CODEC(ZSTD(1)),
    class_uid         UInt16                  CODEC(ZSTD(1)),
    activity_id       UInt8                   CODEC(ZSTD(1)),
    action            LowCardinality(String)  CODEC(ZSTD(1)),
    service           LowCardinality(String)  CODEC(ZSTD(1)),
    status_id         UInt8                   CODEC(ZSTD(1)),
    status_code       LowCardinality(String)  CODEC(ZSTD(1)),
    status_detail     String                  CODEC(ZSTD(1)),
    disposition_id    UInt8                   CODEC(ZSTD(1)),
    severity_id       UInt8                   CODEC(ZSTD(1)),
    read_only         UInt8                   CODEC(ZSTD(1)),
    cloud_account     LowCardinality(String)  CODEC(ZSTD(1)),
    cloud_region      LowCardinality(String)  CODEC(ZSTD(1)),
    recipient_account LowCardinality(String)  CODEC(ZSTD(1)),
    actor_type        LowCardinality(String)  CODEC(ZSTD(1)),
    actor_id          String                  CODEC(ZSTD(1)),
    actor_name        String                  CODEC(ZSTD(1)),
    actor_role        LowCardinality(String)  CODEC(ZSTD(1)),
    actor_session     String                  CODEC(ZSTD(1)),
    credential_id     String                  CODEC(ZSTD(1)),
    mfa               UInt8                   CODEC(ZSTD(1)),
    invoked_by        LowCardinality(String)  CODEC(ZSTD(1)),
    src_ip            IPv6                    CODEC(ZSTD(1)),
    src_addr          String                  CODEC(ZSTD(1)),
    src_port          UInt16                  CODEC(ZSTD(1)),
    src_country       LowCardinality(String)  CODEC(ZSTD(1)),
    vpc_endpoint      LowCardinality(String)  CODEC(ZSTD(1)),
    dst_ip            IPv6                    CODEC(ZSTD(1)),
    dst_addr          String                  CODEC(ZSTD(1)),
    dst_port          UInt16                  CODEC(ZSTD(1)),
    protocol          UInt8                   CODEC(ZSTD(1)),
    bytes_in          UInt64                  CODEC(T64, ZSTD(1)),
    bytes_out         UInt64                  CODEC(T64, ZSTD(1)),
    duration_ms       Float32                 CODEC(ZSTD(1)),
    resource_ids      Array(String)           CODEC(ZSTD(1)),
    resource_type     LowCardinality(String)  CODEC(ZSTD(1)),
    http_method       LowCardinality(String)  CODEC(ZSTD(1)),
    http_status       UInt16                  CODEC(ZSTD(1)),
    url_host          LowCardinality(String)  CODEC(ZSTD(1)),
    url_path          String                  CODEC(ZSTD(1)),
    user_agent        String                  CODEC(ZSTD(1)),
    request_id        String                  CODEC(ZSTD(1)),
    trace_id          String                  CODEC(ZSTD(1)),
    session_id        String                  CODEC(ZSTD(1)),
    tls_version       LowCardinality(String)  CODEC(ZSTD(1)),
    tls_cipher        LowCardinality(String)  CODEC(ZSTD(1)),
    patient_token     String                  CODEC(ZSTD(1)),
    purpose_of_use    LowCardinality(String)  CODEC(ZSTD(1)),
    fhir_resource     LowCardinality(String)  CODEC(ZSTD(1)),
    fhir_interaction  LowCardinality(String)  CODEC(ZSTD(1)),
    native_id         String                  CODEC(ZSTD(1)),
    scrub_count       UInt16                  CODEC(ZSTD(1)),
    scrub_types       Array(String)           CODEC(ZSTD(1)),
    flags             UInt64                  CODEC(ZSTD(1)),
    present           UInt64                  CODEC(ZSTD(1)),
    origin            LowCardinality(String)  CODEC(ZSTD(1)),
    batch             LowCardinality(String)  CODEC(ZSTD(1)),
    record_no         UInt64                  CODEC(Delta(8), ZSTD(1)),
    native            String                  CODEC(ZSTD(1)),

    INDEX ix_actor_id         actor_id       TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_actor_session    actor_session  TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_patient_token    patient_token  TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_resource_ids     resource_ids   TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_src_ip           src_ip         TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_src_addr         src_addr       TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_request_id       request_id     TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_credential_id    credential_id  TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_batch            batch          TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_native_id        native_id      TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_ingest_time      ingest_time    TYPE minmax GRANULARITY 1,

    PROJECTION rows_of_batch (SELECT batch, count() GROUP BY batch)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(event_time)
ORDER BY (tenant_id, toDate32(event_time), source, event_time, batch, record_no)
SETTINGS min_bytes_for_wide_part = 268435456, auto_statistics_types = '', merge_selector_base = 16,
    deduplicate_merge_projection_mode = 'rebuild';
