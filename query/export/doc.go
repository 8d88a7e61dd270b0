// Package export writes whole answers to files: without a ceiling, in the
// background, with a manifest that says how many rows a file has and what its hash
// is. Exports are kept in a folder of the data folder for some days, can be listed,
// cancelled and removed; one that a crash broke off says so.
//
// Words: an export is one question written to one file in one format. Its manifest
// holds the question's shape, never what was typed: raw identifiers appear as their
// tokens. Rows flow from ClickHouse to the file; memory does not grow with them,
// except in XLSX, which keeps its rows in temporary files.
package export
