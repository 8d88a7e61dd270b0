package query

import (
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	s "github.com/scrubline/scrubline/schemas"
)

// groups say what the rows of an access answer are: columns that are read, the
// array that a record has one row for each of, and the SQL of kind, name, type, role.
var groups = map[string]struct {
	columns     []s.Column
	join, names string
}{
	"actor": {[]s.Column{s.ActorType, s.ActorRole, s.ActorID, s.ActorName, s.ActorSession}, "",
		`multiIf(actor_id != '', 'id', actor_name != '', 'name', actor_session != '', 'session', src_addr != '', 'address', 'none') AS kind,
	multiIf(actor_id != '', actor_id, actor_name != '', actor_name, actor_session != '', actor_session, src_addr) AS name,
	toString(argMax(actor_type, event_time)) AS type,
	toString(argMax(actor_role, event_time)) AS role`},
	"resource": {[]s.Column{s.ResourceIDs, s.ResourceType}, " ARRAY JOIN if(empty(resource_ids), [''], arrayDistinct(resource_ids)) AS touched",
		`if(touched = '', 'none', 'resource') AS kind,
	touched AS name,
	toString(argMax(resource_type, event_time)) AS type,
	'' AS role`},
	"patient": {[]s.Column{s.PatientToken}, "",
		`if(patient_token = '', 'none', 'patient') AS kind,
	patient_token AS name,
	'' AS type,
	'' AS role`},
}

// people is the condition on rows of what people did: what canaries planted is nobody's
// access, though a made-up record number may be somebody's.
const people = " AND NOT " + s.Planted

// accessSQL builds the statement of an access answer: from accessTable, which lies by
// subject, if it can answer the whole question; from events otherwise. Both give the
// same answer.
func (svc *Service) accessSQL(sc scope, q *Query, by string, limit int, after *cursor) (string, []driver.NamedValue, error) {
	r := q.reading(s.Events, sc, svc.opt.Tokens)
	if r.from == accessTable && by == "resource" && !r.things {
		r = q.scan(s.Events, sc, svc.opt.Tokens)
	}
	r.where += people
	if r.from != accessTable {
		r.where += fmt.Sprintf(" AND row_kind = %d", s.KindEvent)
	}
	g := groups[by]
	r.mayAsk(FieldByName(by))
	var b strings.Builder
	fmt.Fprintf(&b, `SELECT %s,
	countIf(NOT dup) AS accesses,
	countIf(dup) AS duplicates,
	countIf(NOT dup AND status_id = 1) AS success,
	countIf(NOT dup AND status_id = 2) AS failure,
	min(event_time) AS first,
	max(event_time) AS last,
	sumMapIf(map(toString(action), toUInt64(1)), NOT dup) AS actions,
	groupUniqArrayIf(%d)(src_addr, src_addr != '') AS addresses,
	uniqExactIf(src_addr, src_addr != '') AS address_count
FROM (
	%s
)%s
GROUP BY kind, name`, g.names, shownValues,
		r.sql(fmt.Sprintf("event_time, status_id, flags, %s, bitTest(flags, %d) AS dup", r.read(append([]s.Column{s.Action, s.SrcAddr}, g.columns...)...), bitOf(s.FlagDuplicate)),
			"LIMIT 1 BY batch, record_no"), g.join)
	if after != nil {
		fmt.Fprintf(&b, " HAVING (toUnixTimestamp64Milli(last), name, kind) < (%s, %s, %s)",
			r.param("Int64", after.Time), r.text(after.Key), r.text(after.Kind))
	}
	b.WriteString(" ORDER BY last DESC, name DESC, kind DESC LIMIT " + r.param("UInt64", limit))
	return b.String(), r.params, r.err
}
