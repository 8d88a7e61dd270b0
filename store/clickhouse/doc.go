// Package clickhouse keeps scrubbed rows in ClickHouse: it makes the tables,
// inserts batches so that each row is there exactly once in effect, and proves
// what is stored. It is derived data: the archive is the truth, Rebuild and a
// replay bring everything back.
//
// # Row identity
//
// A row is (batch, record_no). An insert is not atomic in ClickHouse: it may land
// in part, land later than its connection lived, or land twice, so a table may
// hold copies of a row until a merge drops them (ReplacingMergeTree). Copies are
// equal in every column. The promise of Insert is: once it returned nil, each row
// of the batches is there at least once and no other row carries their keys.
//
// # Counting exactly
//
// Queries never use FINAL. What feeds evidence counts or lists identities:
//
//	SELECT uniqExact(batch, record_no) FROM events WHERE …
//	SELECT … FROM events WHERE … LIMIT 1 BY batch, record_no
//	SELECT … FROM access_by_subject WHERE … LIMIT 1 BY batch, record_no, subject
//
// and sums are taken over the second form. uniq, count() and sum over a bare
// table are fit for a graph only. WHERE may name any column: copies agree.
//
// # Reading in order
//
// The tables lie by (tenant_id, toDate32(event_time), …). Newest first is
//
//	WHERE tenant_id = … ORDER BY toDate32(event_time) DESC, event_time DESC, batch DESC, record_no DESC LIMIT n
//
// which is the order of event_time and reads from the end; without the day in
// front ClickHouse sorts the whole range. access_by_subject lies by (tenant_id,
// subject, event_time): a name and a prefix (startsWith) are ranges.
//
// # Connections
//
// Inserts go through ch-go, column by column out of the batch's own memory;
// everything else through clickhouse-go. Both take the first address that
// answers, in the order given: an answer read back from another replica than the
// insert went to would only look like a gap.
//
// # Errors
//
// ClickHouse quotes data in its messages. Errors of this package keep the code
// and its name and nothing else; see ServerError and Redact.
package clickhouse
