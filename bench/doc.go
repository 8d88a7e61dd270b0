// Package bench measures the whole product: log file to rows that are visible
// and archived, and scrubbing alone, beside ripgrep and Go's regexp on the same
// bytes. Figures are per second of processor time, the embedded ClickHouse's
// included, so that other work on the machine does not count.
package bench
