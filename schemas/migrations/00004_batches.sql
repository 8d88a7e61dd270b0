-- Table batches: the ledger. A row says that the batch's rows are all in its
-- table; it is written after them. A batch that is given again is written again.
--
-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS batches
(
    batch        String,
    table_name   LowCardinality(String),
    source       LowCardinality(String),
    origin       String,
    start        UInt64,
    rows         UInt64,
    events       UInt64,
    tombstones   UInt64,
    duplicates   UInt64,
    final        UInt8,
    sha256       String,
    min_time     DateTime64(3, 'UTC'),
    max_time     DateTime64(3, 'UTC'),
    inserted_at  DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(inserted_at)
ORDER BY (batch, table_name);
