-- Table access_by_subject: the events once more, once for each subject an event has, in
-- the order of subjects: "who accessed X", "what did Y do" and their timelines read
-- one range, and touch events for the columns that are not here only.
--
-- A subject is a letter, a colon and a name, so that all kinds are one table and one
-- pass over an insert:
--   r:  a thing that was touched (resource_ids)
--   p:  a patient's token
--   s:  a session
--   a:  whoever did it: the last element of actor_id, actor_name, actor_session and
--       actor_role (alice of arn:aws:iam::1:user/alice), as queries compare them
-- By the name itself, not its hash: a prefix (bucket/*) is then a range too.
--
-- Without the load balancer that logged an event. Every request has one, "who accessed
-- it" is the whole of its log, and writing that log twice was a fifth of an ingest.
-- The question is answered from events (package query knows such names: app/…).
--
-- resource_ids is empty where the subject is one of them: it is for those who ask
-- what a person, a patient or a session had to do with.
--
-- Its pieces are 1,024 rows instead of 8,192: a subject has a few rows in each part, and
-- a question reads a piece or two of every part.
--
-- A view fills it from each insert into events. An insert that dies half way may
-- fill one table and not the other, so whoever repairs events repairs this too
-- (package store/clickhouse does, which knows what the view does). Identity is
-- (batch, record_no, subject).
--
-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS access_by_subject
(
    subject           String                  CODEC(ZSTD(1)),
    tenant_id         LowCardinality(String)  CODEC(ZSTD(1)),
    event_time        DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1)),
    source            LowCardinality(String)  CODEC(ZSTD(1)),
    action            LowCardinality(String)  CODEC(ZSTD(1)),
    service           LowCardinality(String)  CODEC(ZSTD(1)),
    status_id         UInt8                   CODEC(ZSTD(1)),
    status_code       LowCardinality(String)  CODEC(ZSTD(1)),
    read_only         UInt8                   CODEC(ZSTD(1)),
    cloud_account     LowCardinality(String)  CODEC(ZSTD(1)),
    cloud_region      LowCardinality(String)  CODEC(ZSTD(1)),
    recipient_account LowCardinality(String)  CODEC(ZSTD(1)),
    actor_type        LowCardinality(String)  CODEC(ZSTD(1)),
    actor_id          String                  CODEC(ZSTD(1)),
    actor_name        String                  CODEC(ZSTD(1)),
    actor_role        LowCardinality(String)  CODEC(ZSTD(1)),
    actor_session     String                  CODEC(ZSTD(1)),
    mfa               UInt8                   CODEC(ZSTD(1)),
    src_ip            IPv6                    CODEC(ZSTD(1)),
    src_addr          String                  CODEC(ZSTD(1)),
    src_country       LowCardinality(String)  CODEC(ZSTD(1)),
    resource_ids      Array(String)           CODEC(ZSTD(1)),
    resource_type     LowCardinality(String)  CODEC(ZSTD(1)),
    http_status       UInt16                  CODEC(ZSTD(1)),
    session_id        String                  CODEC(ZSTD(1)),
    patient_token     String                  CODEC(ZSTD(1)),
    purpose_of_use    LowCardinality(String)  CODEC(ZSTD(1)),
    fhir_resource     LowCardinality(String)  CODEC(ZSTD(1)),
    flags             UInt64                  CODEC(ZSTD(1)),
    present           UInt64                  CODEC(ZSTD(1)),
    batch             LowCardinality(String)  CODEC(ZSTD(1)),
    record_no         UInt64                  CODEC(Delta(8), ZSTD(1)),

    INDEX ix_batch            batch          TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(event_time)
ORDER BY (tenant_id, subject, event_time, batch, record_no)
SETTINGS min_bytes_for_wide_part = 268435456, auto_statistics_types = '', merge_selector_base = 16, index_granularity = 1024;

CREATE MATERIALIZED VIEW IF NOT EXISTS access_by_subject_feed TO access_by_subject AS
SELECT
    subject, tenant_id, event_time, source, action, service, status_id, status_code, read_only, cloud_account, cloud_region,
    recipient_account, actor_type, actor_id, actor_name, actor_role, actor_session, mfa, src_ip, src_addr, src_country,
    if(startsWith(subject, 'r:'), [], things) AS resource_ids,
    resource_type, http_status, session_id, patient_token, purpose_of_use, fhir_resource, flags, present, batch, record_no
FROM
(
    SELECT
        arrayJoin(arrayDistinct(arrayConcat(
            arrayMap(r -> concat('r:', r), if(source = 'aws_alb', arrayFilter(r -> NOT startsWith(r, 'app/'), resource_ids), resource_ids)),
            if(patient_token = '', [], [concat('p:', patient_token)]),
            if(session_id = '', [], [concat('s:', session_id)]),
            arrayMap(a -> concat('a:', extract(a, '[^/:]*$')), arrayFilter(a -> a != '', [actor_id, actor_name, actor_session, toString(actor_role)]))
        ))) AS subject,
        resource_ids AS things,
        tenant_id, event_time, source, action, service, status_id, status_code, read_only, cloud_account, cloud_region,
        recipient_account, actor_type, actor_id, actor_name, actor_role, actor_session, mfa, src_ip, src_addr, src_country,
        resource_type, http_status, session_id, patient_token, purpose_of_use, fhir_resource, flags, present, batch, record_no
    FROM events
    WHERE row_kind = 0 AND (source != 'aws_alb' OR patient_token != '' OR session_id != '' OR actor_id != '' OR actor_name != ''
        OR actor_session != '' OR actor_role != '' OR arrayExists(r -> NOT startsWith(r, 'app/'), resource_ids))
);
