package main

import (
	"os"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
)

// killPoints are the requests at which TestKillPoints kills, in the order of a life.
var killPoints = []string{
	"sqs GetQueueAttributes",
	"sqs ReceiveMessage",
	"sqs ChangeMessageVisibilityBatch",
	"sqs DeleteMessageBatch",
	"s3 GET versions of source",
	"s3 GET source",
	"s3 HEAD archive bucket",
	"s3 GET versioning of archive bucket",
	"s3 GET object-lock of archive bucket",
	"s3 GET policy of archive bucket",
	"s3 GET publicAccessBlock of archive bucket",
	"s3 GET encryption of archive bucket",
	"s3 GET lifecycle of archive bucket",
	"s3 GET replication of archive bucket",
	"s3 PUT archive probe",
	"s3 GET archive probe",
	"s3 PUT archive quarantine",
	"s3 HEAD archive quarantine",
	"s3 PUT archive rows",
	"s3 HEAD archive rows",
	"s3 GET archive rows",
	"s3 HEAD archive claim",
	"s3 HEAD archive leaf bundle",
	"s3 HEAD archive tile",
	"s3 HEAD archive receipts",
	"s3 PUT archive claim",
	"s3 PUT archive leaf bundle",
	"s3 PUT archive tile",
	"s3 PUT archive receipts",
	"s3 PUT archive checkpoint",
	"s3 HEAD archive checkpoint",
	"s3 GET archive checkpoint",
	"s3 GET archive claim",
	"clickhouse CREATE TABLE goose_db_version",
	"clickhouse INSERT INTO goose_db_version",
	"clickhouse SELECT FROM goose_db_version",
	"clickhouse CREATE TABLE events",
	"clickhouse CREATE TABLE flows",
	"clickhouse CREATE TABLE batches",
	"clickhouse CREATE TABLE access_by_subject",
	"clickhouse CREATE MATERIALIZED VIEW access_by_subject_feed",
	"clickhouse CREATE TABLE alerts",
	"clickhouse CREATE TABLE alert_states",
	"clickhouse CREATE TABLE watched",
	"clickhouse CREATE TABLE rule_matches",
	"clickhouse CREATE TABLE rule_runs",
	"clickhouse CREATE TABLE alert_deliveries",
	"clickhouse CREATE TABLE drills",
	"clickhouse ALTER TABLE rule_matches",
	"clickhouse CREATE TABLE seen_values",
	"clickhouse SELECT FROM batches",
	"clickhouse SELECT FROM events",
	"clickhouse SELECT FROM rule_matches",
	"clickhouse SELECT FROM watched",
	"clickhouse SELECT FROM rule_runs",
	"clickhouse INSERT INTO events",
	"clickhouse rows of events",
	"clickhouse INSERT INTO flows",
	"clickhouse rows of flows",
	"clickhouse INSERT INTO batches",
	"clickhouse rows of batches",
	"clickhouse INSERT INTO alerts",
	"clickhouse rows of alerts",
	"clickhouse INSERT INTO rule_matches",
	"clickhouse rows of rule_matches",
	"clickhouse INSERT INTO rule_runs",
	"clickhouse rows of rule_runs",
	"clickhouse INSERT INTO watched",
	"clickhouse rows of watched",
}

// TestKillPoints: scrubline run takes objects from S3 that SQS announces into an
// archive in S3 and a ClickHouse server, and is killed, kill -9, at each request by
// name: before the server gets it, and when the server has done what it asks but
// nobody has heard. The next life ends with what an undisturbed one has: the same
// archive, which verifies, the same rows, once, the same alerts, a balanced ledger
// and an empty queue. A point of the table that is not reached fails the test.
func TestKillPoints(t *testing.T) {
	if os.Getenv("SCRUBLINE_KILLS") == "" {
		t.Skip("takes half an hour: make integration has it")
	}
	m, records := newMatrix(t)
	calm := m.life(t)
	m.trap.arm(nil)
	want := m.finish(t, calm)
	if want.Events+want.Flows != uint64(records) || len(want.Alerts) == 0 {
		t.Fatalf("of %d records an undisturbed life makes %+v", records, want)
	}
	met := m.met
	for name, n := range met { // those that are made or not, and those that came later
		if !slices.Contains(killPoints, name) {
			t.Logf("not in the table: %d of %s", n, name)
		}
	}
	var trials []snare
	for _, name := range killPoints {
		if met[name] == 0 {
			t.Errorf("%s was never reached", name)
		}
		trials = append(trials, snare{name: name, nth: 1}, snare{name: name, after: true, nth: 1})
	}
	t.Logf("%d points, %d trials", len(killPoints), len(trials))
	for _, s := range trials {
		when := "before"
		if s.after {
			when = "after"
		}
		t.Run(when+"_"+s.name, func(t *testing.T) {
			dir := m.life(t)
			if !m.killed(t, dir, s) {
				t.Fatal("was never reached")
			}
			if d := cmp.Diff(want, m.finish(t, dir)); d != "" {
				t.Errorf("an undisturbed life against this one:\n%s", d)
			}
		})
		if m.waiting() > 0 { // after a failure: the next trial has its own
			if _, err := m.sqs.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: &m.queue}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
