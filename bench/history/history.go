package history

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	s "github.com/scrubline/scrubline/schemas"
)

// Tenant is whose rows they are.
const Tenant = "default"

// perBatch is the number of rows of a batch.
const perBatch = 65_536

// perInsert is the number of rows of an insert, a few batches.
const perInsert = 16 * perBatch

// History is a year of events.
type History struct {
	Rows int
	End  time.Time // of the year
}

// Start is when the year begins.
func (h History) Start() time.Time { return h.End.AddDate(0, 0, -365) }

// Fill makes the rows that are not there yet, in the order of their times. It may be
// broken off and called again.
func (h History) Fill(ctx context.Context, conn driver.Conn, progress func(rows int)) error {
	var have uint64
	if err := conn.QueryRow(ctx, "SELECT sum(rows) FROM (SELECT rows FROM batches WHERE batch LIKE 'v1/f/history/%' LIMIT 1 BY batch)").Scan(&have); err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		// As the product inserts: store/clickhouse.
		"async_insert": 0, "insert_deduplicate": 0, "optimize_on_insert": 0, "materialize_skip_indexes_on_insert": 0,
		"min_insert_block_size_rows": 4 * perBatch, "max_block_size": perBatch, "max_execution_time": 600,
	}))
	for at := int(have); at < h.Rows; at += perInsert {
		n := min(perInsert, h.Rows-at)
		for _, sql := range []string{h.events(at, n), h.ledger(at, n)} {
			if err := conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("making rows from %d on: %w", at, err)
			}
		}
		progress(at + n)
	}
	return nil
}

// random is a number in [0,1) of the row's own; no two salts agree.
func random(salt int) string {
	return fmt.Sprintf("(cityHash64(number, %d) / 18446744073709551616.)", salt)
}

// one picks a number below n; the greater the skew, the more often a low one.
func one(salt int, skew float64, n int) string {
	return fmt.Sprintf("toUInt32(pow(%s, %g) * %d)", random(salt), skew, n)
}

// scaled makes n of 100 million events a number of that many rows.
func (h History) scaled(n int) int { return max(100, int(float64(n)*float64(h.Rows)/1e8)) }

func pick(salt int, words ...string) string {
	return fmt.Sprintf("['%s'][1 + %s]", strings.Join(words, "', '"), one(salt, 2, len(words)))
}

// Who, what and whom events are about, as SQL over the number of a row.

// Source is the event's source.
func (h History) Source() string {
	return "multiIf(number % 100 < 50, 'aws_alb', number % 100 < 75, 'aws_cloudtrail', number % 100 < 95, 'app', 'aws_waf')"
}

// Person is who did it, for sources that say.
func (h History) Person() string {
	return fmt.Sprintf("multiIf(source = 'aws_cloudtrail', concat('user-', toString(%s)), source = 'app', concat('dr-', toString(%s)), '')",
		one(1, 3, h.scaled(20_000)), one(1, 2, h.scaled(8_000)))
}

// Object is the thing that was touched.
func (h History) Object() string {
	k := one(2, 2, h.scaled(2_000_000))
	return fmt.Sprintf("concat('arn:aws:s3:::phi-bucket-', toString(%s %% 50), '/records/', toString(%[1]s), '.json')", k)
}

// Patient is the token of the patient.
func (h History) Patient() string {
	p := one(3, 1.5, h.scaled(500_000))
	return fmt.Sprintf("concat('t1.patient.1.', lower(substring(concat(hex(cityHash64(%s, 7)), hex(cityHash64(%[1]s, 8))), 1, 26)))", p)
}

// events is the statement that makes rows [from, from+n).
func (h History) events(from, n int) string {
	step := 365 * 24 * time.Hour / time.Duration(max(1, h.Rows))
	at := fmt.Sprintf("fromUnixTimestamp64Milli(toInt64(%d + number * %g + %s * 1000), 'UTC')", h.Start().UnixMilli(), float64(step)/float64(time.Millisecond), random(4))
	const trail, app, alb = "source = 'aws_cloudtrail'", "source = 'app'", "source = 'aws_alb'"
	touches := trail + " AND number % 10 < 7"
	columns := []struct {
		c   s.Column
		sql string
	}{
		{s.Source, h.Source()},
		{s.TenantID, "'" + Tenant + "'"},
		{s.EventTime, at},
		{s.IngestTime, "event_time + 300"},
		{s.ClassUID, "6003"},
		{s.Action, fmt.Sprintf("multiIf(%s, %s, %s, %s, %s, %s, %s)",
			touches, pick(5, "GetObject", "PutObject", "HeadObject", "DeleteObject"),
			trail, pick(5, "AssumeRole", "DescribeInstances", "ListBuckets", "ConsoleLogin", "GetSecretValue", "Decrypt", "CreateUser", "StopLogging"),
			app, pick(5, "read", "search", "update", "export", "print"), pick(5, "GET", "POST", "PUT", "DELETE"))},
		{s.Service, fmt.Sprintf("multiIf(%s, 's3.amazonaws.com', %s, %s, %s, 'ehr', 'portal')", touches, trail, pick(5, "sts.amazonaws.com", "ec2.amazonaws.com", "kms.amazonaws.com"), app)},
		{s.StatusID, fmt.Sprintf("if(%s < 0.05, 2, 1)", random(6))},
		{s.StatusCode, fmt.Sprintf("if(status_id = 2 AND %s, 'AccessDenied', '')", trail)},
		{s.ReadOnly, "if(action IN ('GetObject', 'HeadObject', 'read', 'search', 'GET'), 1, 0)"},
		{s.CloudAccount, pick(7, "111122223333", "444455556666", "777788889999")},
		{s.CloudRegion, pick(8, "us-east-1", "us-west-2", "us-east-2")},
		{s.ActorName, h.Person()},
		{s.ActorType, fmt.Sprintf("multiIf(%s, if(number %% 10 < 3, 'AssumedRole', 'IAMUser'), %s, 'practitioner', '')", trail, app)},
		{s.ActorRole, fmt.Sprintf("if(actor_type = 'AssumedRole', concat('arn:aws:iam::111122223333:role/role-', toString(%s)), '')", one(9, 2, 40))},
		{s.ActorID, fmt.Sprintf("multiIf(actor_type = 'AssumedRole', concat('arn:aws:sts::111122223333:assumed-role/', splitByChar('/', actor_role)[2], '/', actor_name), %s, concat('arn:aws:iam::111122223333:user/', actor_name), '')", trail)},
		{s.SrcIP, fmt.Sprintf("IPv4ToIPv6(toIPv4(%d + %s))", 0xcb007100, one(10, 2, 60_000))},
		{s.SrcAddr, "IPv4NumToString(toUInt32(bitAnd(reinterpretAsUInt128(reverse(reinterpretAsFixedString(src_ip))), 4294967295)))"},
		{s.SrcCountry, pick(11, "US", "US", "US", "CA", "RO")},
		{s.PatientToken, fmt.Sprintf("if(%s OR %s AND number %% 5 = 0, %s, '')", app, alb, h.Patient())},
		{s.ResourceIDs, fmt.Sprintf("multiIf(%s, [%s, splitByString('/records', %[2]s)[1]], %s, [concat('Patient/', patient_token)], %s, ['app/portal/50dc6c495c0c9188'], [])", touches, h.Object(), app, alb)},
		{s.ResourceType, fmt.Sprintf("if(%s, 'AWS::S3::Object', '')", touches)},
		{s.HTTPMethod, fmt.Sprintf("if(%s, action, '')", alb)},
		{s.HTTPStatus, fmt.Sprintf("if(%s, if(status_id = 2, 403, 200), 0)", alb)},
		{s.URLPath, fmt.Sprintf("if(%s, concat('/portal/results/', toString(%s)), '')", alb, one(12, 1, 1000))},
		{s.UserAgentCol, pick(13, "aws-cli/2.17.0", "Boto3/1.34.9 Python/3.12", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)")},
		{s.RequestID, "hex(cityHash64(number, 14))"},
		{s.SessionIDCol, fmt.Sprintf("if(%s, concat('t1.session.1.', lower(substring(concat(hex(cityHash64(actor_name, toDate32(event_time), 1)), hex(cityHash64(actor_name, toDate32(event_time), 2))), 1, 26))), '')", app)},
		{s.PurposeOfUse, fmt.Sprintf("if(%s, %s, '')", app, pick(15, "TREAT", "HPAYMT", "ETREAT"))},
		{s.FHIRResource, fmt.Sprintf("if(%s, %s, '')", app, pick(16, "Patient", "Observation", "MedicationRequest"))},
		{s.NativeID, fmt.Sprintf("if(%s, concat(hex(cityHash64(number, 17)), '-', hex(cityHash64(number, 18))), '')", trail)},
		{s.Present, fmt.Sprintf("%d + if(http_status > 0, %d, 0)", s.StatusID.PresentBit()|s.SrcIP.PresentBit()|s.ReadOnly.PresentBit()|s.ClassUID.PresentBit(), s.HTTPStatus.PresentBit())},
		{s.Origin, "concat('history/', toString(intDiv(number, 1000000)), '.log.gz')"},
		{s.Batch, batch},
		{s.RecordNo, "number"},
		{s.Native, "concat('{\"eventTime\":\"', toString(event_time), '\",\"eventName\":\"', action, '\",\"user\":\"', actor_name, '\",\"status\":', toString(status_id), ',\"requestID\":\"', request_id, '\",\"key\":\"', arrayElement(resource_ids, 1), '\"}')"},
	}
	names, values := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.c.String()
		values[i] = c.sql + " AS " + c.c.String()
	}
	return fmt.Sprintf("INSERT INTO events (%s) SELECT %s FROM numbers(%d, %d)", strings.Join(names, ", "), strings.Join(values, ",\n"), from, n)
}

var batch = fmt.Sprintf("concat('v1/f/history/', leftPad(toString(intDiv(number, %d) * %[1]d), 12, '0'))", perBatch)

// ledger is the statement that enters the batches of rows [from, from+n).
func (h History) ledger(from, n int) string {
	return fmt.Sprintf("INSERT INTO batches (batch, table_name, source, origin, start, rows, events, final, min_time, max_time, inserted_at) "+
		"SELECT %s, 'events', any(%s), 'history', min(number), count(), count(), 1, toDateTime64(%d, 3), toDateTime64(%d, 3), now64(3) FROM numbers(%d, %d) GROUP BY 1",
		batch, h.Source(), h.Start().Unix(), h.End.Unix(), from, n)
}
