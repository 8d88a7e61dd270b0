package alb

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// Positions of the values of a health check log.
const (
	healthKind = iota
	healthTime
	healthLatency
	healthTarget
	healthGroup
	healthResult
	healthStatus
	healthReason
	healthFields
)

// isHealth tells a health check log, already split, from an access log, which
// has a balancer where this has a number.
func isHealth(line []byte, vs []value, n int) bool {
	if n < healthFields || n >= minFields {
		return false
	}
	b := line[vs[healthLatency].from:vs[healthLatency].to]
	_, ok := text.Micros(b)
	return ok || absent(b)
}

// health decodes the log of a balancer's own check of a target.
func (d *decoder) health(line []byte, n, rest int, rec *ingest.Record) error {
	vs, f := &d.vs, d.known
	ms, ok := text.RFC3339(line[vs[healthTime].from:vs[healthTime].to])
	if !ok {
		return errSyntax
	}
	rec.SetNum(schemas.EventTime, uint64(ms))
	rec.SetNum(schemas.ClassUID, 4001) // Network Activity
	rec.SetNum(schemas.ActivityID, 99) // Other
	rec.SetDerived(schemas.Service, "alb")
	rec.SetDerived(schemas.Action, "health_check")
	d.place(false, rec)
	d.keep(line, vs[healthKind], schemas.Field{}, rec)
	d.lasted(line, vs[healthLatency:healthTarget], 1, rec)
	d.endpoint(line, vs[healthTarget], f.target, schemas.DstIP, schemas.DstPort, rec)
	d.keep(line, vs[healthGroup], f.elb, rec)
	switch string(line[vs[healthResult].from:vs[healthResult].to]) {
	case "PASS":
		rec.SetNum(schemas.StatusID, 1)
	case "FAIL":
		rec.SetNum(schemas.StatusID, 2)
	default:
		d.keep(line, vs[healthResult], schemas.Field{}, rec)
	}
	d.keep(line, vs[healthStatus], f.status, rec)
	d.keep(line, vs[healthReason], f.errorReason, rec)
	if n > healthFields {
		rest = vs[healthFields].start()
	}
	d.rest(line, rest, rec)
	return nil
}
