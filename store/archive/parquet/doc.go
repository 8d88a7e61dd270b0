// Package parquet writes batches as Parquet files and reads them back. It is
// the archive's own codec, a subset of Parquet that every reader knows: one row
// group, data pages of version 1, PLAIN, RLE_DICTIONARY and DELTA_BINARY_PACKED,
// zstd. FORMAT.md beside package archive is its contract; the tests read its
// files with two foreign readers.
//
// Why not a library: a batch holds its columns as Parquet wants them (text one
// after the other, dictionaries ready made), so encoding is copying; libraries
// look every value up again (numbers in bench_test.go).
//
// Words: a chunk is a column's part of the file, made of an optional dictionary
// page and data pages.
package parquet
