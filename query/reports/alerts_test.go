package reports

import (
	"testing"

	"github.com/scrubline/scrubline/store/clickhouse"
)

// storeAlerts stores what rules found in the week: one alert of two batches that
// was acknowledged and closed, one that is open, one kept quiet, a drill; a window
// that failed.
func storeAlerts(t testing.TB, s *clickhouse.Store) {
	t.Helper()
	for _, sql := range []string{
		`INSERT INTO alerts (tenant_id, alert_id, batch, rule_id, rule_version, title, level, kind, source, group_names, group_values, first_time, last_time, matches, suppression, drill, written) VALUES
		('default', 'aaaaaaaaaaaaaaaa1', 'v1/f/cloudtrail/000000000000', 'mass-read', '1', 'Many objects read', 'high', 'record', 'aws_cloudtrail', ['actor'], ['bob.ortiz'], '2026-11-15 10:00:00', '2026-11-15 10:05:00', 40, '', '', '2200-01-01 00:00:00'),
		('default', 'aaaaaaaaaaaaaaaa1', 'v1/f/ehr/000000000000', 'mass-read', '1', 'Many objects read', 'high', 'record', 'app', ['actor'], ['bob.ortiz'], '2026-11-15 10:06:00', '2026-11-15 10:20:00', 2, '', '', '2200-01-01 00:00:00'),
		('default', 'bbbbbbbbbbbbbbbb2', '', 'root-login', '3', 'Root logged in', 'critical', 'correlation', 'aws_cloudtrail', [], [], '2026-11-16 09:00:00', '2026-11-16 09:00:00', 1, '', '', '2026-11-16 09:00:20'),
		('default', 'cccccccccccccccc3', '', 'port-scan', '1', 'Port scan', 'low', 'record', 'aws_vpcflow', ['src'], ['192.0.2.7'], '2026-11-17 09:00:00', '2026-11-17 09:00:00', 9, 'sup-1', '', '2026-11-17 09:00:05'),
		('default', 'dddddddddddddddd4', '', 'root-login', '3', 'Root logged in', 'critical', 'correlation', 'aws_cloudtrail', [], [], '2026-11-18 09:00:00', '2026-11-18 09:00:00', 1, '', 'drill-7', '2026-11-18 09:00:09'),
		('default', 'eeeeeeeeeeeeeeee5', '', 'old', '1', 'Of another week', 'low', 'record', 'app', [], [], '2026-10-01 09:00:00', '2026-10-01 09:00:00', 1, '', '', '2026-10-01 09:00:09'),
		('other', 'ffffffffffffffff6', '', 'theirs', '1', 'Of another tenant', 'low', 'record', 'app', [], [], '2026-11-18 09:00:00', '2026-11-18 09:00:00', 1, '', '', '2026-11-18 09:00:09')`,
		`INSERT INTO alert_states VALUES ('default', 'aaaaaaaaaaaaaaaa1', '2026-11-15 10:30:00', 'acknowledged', 's.security', ''), ('default', 'aaaaaaaaaaaaaaaa1', '2026-11-15 12:00:00', 'closed', 's.security', 'his job')`,
		`INSERT INTO alert_deliveries VALUES ('default', 'bbbbbbbbbbbbbbbb2', 'pager', '2026-11-16 09:00:25', 1, 'ok', '', 120)`,
		`INSERT INTO watched (tenant_id, batch, state, rules, matches, alerts, written) VALUES ('default', 'v1/f/cloudtrail/000000000000', 1, 'hash1', 40, 1, '2026-11-15 10:21:00'), ('default', 'v1/f/cloudtrail/000000000000', 2, 'hash1', 40, 1, '2026-11-15 10:21:00'), ('default', 'v1/f/ehr/000000000000', 2, 'hash2', 2, 0, '2026-11-18 10:21:00')`,
		`INSERT INTO rule_runs VALUES ('default', 'r1', 'correlation', 'root-login', '3', 'Root logged in', '2026-11-16 08:00:00', '2026-11-16 09:00:00', 0, 1, 1, 0, 0, 1, 'ok', '', '2026-11-16 09:00:10'), ('default', 'r2', 'correlation', 'root-login', '3', 'Root logged in', '2026-11-17 08:00:00', '2026-11-17 09:00:00', 0, 0, 0, 2, 0, 1, 'failed', 'timeout', '2026-11-17 09:00:10')`,
	} {
		if err := s.Conn().Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}
