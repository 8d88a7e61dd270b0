package clickhouse

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// subjects are the names under which an event stands in access_by_subject, as the
// view access_by_subject_feed says it.
const subjects = "arrayDistinct(arrayConcat(" +
	"arrayMap(r -> concat('r:', r), if(source = 'aws_alb', arrayFilter(r -> NOT startsWith(r, 'app/'), resource_ids), resource_ids)), " +
	"if(patient_token = '', [], [concat('p:', patient_token)]), " +
	"if(session_id = '', [], [concat('s:', session_id)]), " +
	"arrayMap(a -> concat('a:', extract(a, '[^/:]*$')), arrayFilter(a -> a != '', [actor_id, actor_name, actor_session, toString(actor_role)]))))"

// subjectColumns are the columns that access_by_subject has from events as they are.
const subjectColumns = "tenant_id, event_time, source, action, service, status_id, status_code, read_only, cloud_account, cloud_region, " +
	"recipient_account, actor_type, actor_id, actor_name, actor_role, actor_session, mfa, src_ip, src_addr, src_country, " +
	"resource_type, http_status, session_id, patient_token, purpose_of_use, fhir_resource, flags, present, batch, record_no"

// settleAccess brings access_by_subject level with events for the batches of
// keys: those whose counts differ are copied over again, by the server; what was
// there already becomes a copy.
func (s *Store) settleAccess(ctx context.Context, keys []string) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.AttemptTimeout)
	defer cancel()
	for sent := false; ; sent = true {
		want, err := s.countBy(ctx, "SELECT batch, sum(n) FROM (SELECT batch, toUInt64(length("+subjects+")) AS n FROM events "+
			"WHERE batch IN {keys:Array(String)} AND row_kind = 0 LIMIT 1 BY batch, record_no) GROUP BY batch", keys)
		if err != nil {
			return err
		}
		have, err := s.countBy(ctx, "SELECT batch, uniqExact(record_no, subject) FROM access_by_subject "+
			"WHERE batch IN {keys:Array(String)} GROUP BY batch", keys)
		if err != nil {
			return err
		}
		var behind []string
		for _, k := range keys {
			switch {
			case have[k] > want[k]:
				return fmt.Errorf("%w: %s", ErrForeignRows, k)
			case have[k] < want[k]:
				behind = append(behind, k)
			}
		}
		if len(behind) == 0 {
			return nil
		}
		if sent {
			return errAgain
		}
		err = s.conn.Exec(ctx, "INSERT INTO access_by_subject (subject, resource_ids, "+subjectColumns+") SELECT arrayJoin("+subjects+") AS subject, "+
			"if(startsWith(subject, 'r:'), [], resource_ids), "+subjectColumns+" FROM events WHERE batch IN {keys:Array(String)} AND row_kind = 0 "+
			"SETTINGS async_insert = 0, insert_deduplicate = 0, max_partitions_per_insert_block = 0",
			clickhouse.Named("keys", behind))
		if err != nil {
			return Redact(err)
		}
	}
}

// countBy runs a query that gives one number for each of keys.
func (s *Store) countBy(ctx context.Context, query string, keys []string) (map[string]uint64, error) {
	counts := make(map[string]uint64, len(keys))
	err := s.each(ctx, func(rows driver.Rows) error {
		var key string
		var n uint64
		if err := rows.Scan(&key, &n); err != nil {
			return err
		}
		counts[key] = n
		return nil
	}, query, clickhouse.Named("keys", keys))
	return counts, err
}
