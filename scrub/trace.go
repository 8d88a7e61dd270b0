package scrub

import "bytes"

// Trace ids tie the records of one request together: that of an application which
// names somebody, and that of a load balancer which shows an address. So one of the
// two must not have it in clear.
//
// Load balancers, WAF and API Gateway know only the ids of AWS's tracing (X-Ray):
// "Root=1-67891233-abcdef012345678912345678", or the same 32 digits as OpenTelemetry
// writes them, whose first eight are the second in which the request came. Network
// records keep those, for they are joined with each other by them in any case; an
// application's record that names somebody has a token in their place, under a key
// for the class of source.
//
// An id that an application's own tracer drew at random stands in no load
// balancer's record. It stays where somebody is named, so that all that one request
// did can still be followed there, and is a token where an address is shown beside
// it and nobody is named.

// How far the second that an id of AWS's tracing states may lie from the time of
// its record: a message can wait in a queue for 14 days.
const (
	traceBefore = 30 * 24 * 3600
	traceAfter  = 24 * 3600
)

// ownTrace says that the trace id of a record of the time ms, Unix milliseconds, is
// not one of AWS's tracing but of an application's own.
func ownTrace(id []byte, ms int64) bool {
	if bytes.Contains(id, []byte("Root=")) || bytes.Contains(id, []byte("Self=")) {
		return false
	}
	digits, seconds, first := 0, int64(0), -1
	for _, c := range id {
		v := hexDigit(c)
		if v < 0 {
			if c == '-' {
				continue
			}
			return true
		}
		if first < 0 {
			first = v
		}
		if digits++; digits <= 10 {
			seconds = seconds<<4 | int64(v)
		}
	}
	switch digits {
	case 33: // 1-67891233-abcdef012345678912345678
		return first != 1
	case 32:
		seconds >>= 8
	case 52: // 00-67891233abcdef012345678912345678-53995c3f42cd8ad8-01
		seconds &= 1<<32 - 1
	default:
		return true
	}
	now := ms / 1000
	return ms > 0 && (seconds < now-traceBefore || seconds > now+traceAfter)
}
