package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	s "github.com/scrubline/scrubline/schemas"
)

// accessColumns are the columns that access_by_resource shares with events.
var accessColumns = []s.Column{
	s.TenantID, s.EventTime, s.Source, s.Action, s.Service, s.StatusID, s.StatusCode, s.ReadOnly, s.CloudAccount, s.ActorType,
	s.ActorID, s.ActorName, s.ActorRole, s.ActorSession, s.SrcIP, s.SrcAddr, s.SrcCountry, s.PatientToken, s.PurposeOfUse,
	s.Flags, s.Batch, s.RecordNo,
}

// accessSQL builds the statement for the subject: from access_by_resource, which
// lies by resource, if it can answer the filter too and has the subject; from events
// otherwise. Both give the same answer.
func (svc *Service) accessSQL(subject *Term, filter *Query, by string, limit int, after *cursor) (string, []driver.NamedValue, error) {
	c := newCondition(s.Events, svc.opt.Tokens)
	from := "events"
	var about string
	if by == "actor" && !balancers(subject) && covered(filter.Where) {
		c.cols, from = accessColumns, "access_by_resource"
		about = c.touched(subject)
	} else {
		about = fmt.Sprintf("row_kind = %d AND %s", s.KindEvent, c.term(subject))
	}
	where := "tenant_id = " + c.text(svc.opt.Tenant) + " AND " + about + " AND " + c.whole(filter)

	var b strings.Builder
	columns := "event_time, status_id, action, actor_type, actor_role, src_addr, flags, actor_id, actor_name, actor_session"
	group := `multiIf(actor_id != '', 'id', actor_name != '', 'name', actor_session != '', 'session', src_addr != '', 'address', 'none') AS kind,
	multiIf(actor_id != '', actor_id, actor_name != '', actor_name, actor_session != '', actor_session, src_addr) AS name,
	toString(argMax(actor_type, event_time)) AS type,
	toString(argMax(actor_role, event_time)) AS role`
	join := ""
	if by == "resource" {
		columns += ", resource_ids, resource_type"
		group = `if(touched = '', 'none', 'resource') AS kind,
	touched AS name,
	toString(argMax(resource_type, event_time)) AS type,
	'' AS role`
		join = " ARRAY JOIN if(empty(resource_ids), [''], arrayDistinct(resource_ids)) AS touched"
	}
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
	SELECT %s, bitTest(flags, %d) AS dup FROM %s WHERE %s LIMIT 1 BY batch, record_no
)%s
GROUP BY kind, name`, group, shownValues, columns, bitOf(s.FlagDuplicate), from, where, join)
	if after != nil {
		fmt.Fprintf(&b, " HAVING (toUnixTimestamp64Milli(last), name, kind) < (%s, %s, %s)",
			c.param("Int64", after.Time), c.text(after.Key), c.text(after.Kind))
	}
	b.WriteString(" ORDER BY last DESC, name DESC, kind DESC LIMIT " + c.param("UInt64", limit))
	return b.String(), c.params, c.err
}

// touched is the condition on the column resource of access_by_resource for a
// resource or a patient: a name or a prefix is a range of the table.
func (c *condition) touched(t *Term) string {
	v := t.Values[0]
	text, plain := v.Plain()
	switch {
	case t.Field.match == matchPatient && plain && text != "":
		return "resource IN " + c.param("Array(String)", c.patientTokens(text)) + " AND " + c.term(t)
	case t.Field.match == matchPatient:
		return c.term(t)
	case plain:
		return "resource IN " + c.param("Array(String)", []string{text, s3ARN + text})
	case len(v.Parts) == 2 && v.Parts[1] == "":
		return fmt.Sprintf("(startsWith(resource, %s) OR startsWith(resource, %s))", c.text(v.Parts[0]), c.text(s3ARN+v.Parts[0]))
	}
	return fmt.Sprintf("(resource LIKE %s OR resource LIKE %s)", c.text(likePattern(v)),
		c.text(likePattern(Value{Parts: append([]string{s3ARN + v.Parts[0]}, v.Parts[1:]...)})))
}

// balancers reports whether a load balancer may be what a term asks for: of those
// access_by_resource has the patients that requests touched, not every request.
func balancers(t *Term) bool {
	const prefix = "app/"
	if t.Field.match != matchResource {
		return false
	}
	v := t.Values[0]
	if text, plain := v.Plain(); plain {
		return strings.HasPrefix(text, prefix)
	}
	return strings.HasPrefix(v.Parts[0], prefix) || strings.HasPrefix(prefix, v.Parts[0])
}

// covered reports whether access_by_resource has what a condition asks about.
func covered(n Node) bool {
	switch n := n.(type) {
	case And:
		return !slices.ContainsFunc(n, func(m Node) bool { return !covered(m) })
	case Or:
		return !slices.ContainsFunc(n, func(m Node) bool { return !covered(m) })
	case Not:
		return covered(n.Node)
	case *Term:
		return !slices.ContainsFunc(n.Field.columns, func(col s.Column) bool {
			return slices.Contains(s.Events.Columns(), col) && !slices.Contains(accessColumns, col)
		})
	}
	return true
}
