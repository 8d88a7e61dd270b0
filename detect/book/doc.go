// Package book keeps in ClickHouse what rules found and what was done about it:
// alerts and their states, matches that correlations are made of, batches that
// were watched, windows that were run, deliveries.
//
// Alerts, matches and watched batches may be written twice; readers see them once.
// A write that returned nil is there. Errors carry codes, never data: redact, given
// to New, sees to that.
package book
