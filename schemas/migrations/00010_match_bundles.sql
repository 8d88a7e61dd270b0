-- Matches of one rule in one batch that look the same to correlations and lie
-- within ten minutes are one row: event_time and record_no are the first one's,
-- times (Unix milliseconds) and records are all of them, in order of time. A row
-- without times, of before, is the match itself.
--
-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE rule_matches
    ADD COLUMN IF NOT EXISTS last_time DateTime64(3, 'UTC') DEFAULT event_time CODEC(Delta(8), ZSTD(1)) AFTER event_time,
    ADD COLUMN IF NOT EXISTS times   Array(Int64)  CODEC(Delta(8), ZSTD(1)) AFTER record_no,
    ADD COLUMN IF NOT EXISTS records Array(UInt64) CODEC(Delta(8), ZSTD(1)) AFTER times;
