-- Up to 4096 matches of one rule in one batch and one hour are one row: event_time
-- and record_no are the first one's; times (Unix milliseconds) and records are all of
-- them, in order of time, and who says which texts each has: texts holds, one after
-- the other, a text for each of names, "=" before it, or "" where the record has
-- none. A row without times, of before, is the match itself and its texts.
--
-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE rule_matches
    ADD COLUMN IF NOT EXISTS last_time DateTime64(3, 'UTC') DEFAULT event_time CODEC(Delta(8), ZSTD(1)) AFTER event_time,
    ADD COLUMN IF NOT EXISTS times   Array(Int64)  CODEC(Delta(8), ZSTD(1)) AFTER record_no,
    ADD COLUMN IF NOT EXISTS records Array(UInt64) CODEC(Delta(8), ZSTD(1)) AFTER times,
    ADD COLUMN IF NOT EXISTS who     Array(UInt32) CODEC(ZSTD(1)) AFTER records;
