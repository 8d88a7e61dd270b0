// Package alb is the sources aws_alb, aws_nlb and aws_clb: the logs of AWS's load
// balancers. Application load balancers write access logs, whose fields grew
// from 17 to 33 over the years, connection logs and logs of their health checks;
// network load balancers log TLS connections; classic ones write the first 15
// fields of today's access log, without its type.
//
// A line is cut by blanks and quotes into values. Values stand by position. What
// does not look as documented is scanned, whatever its position says.
package alb

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// Source is one of the three sources.
type Source struct {
	name  string
	key   string // what the object's key says of the kind of balancer
	score func(line []byte) int
	known fields
	line  func(*decoder, []byte, *ingest.Record) error
}

// New returns the source aws_alb.
func New() *Source {
	return newSource("aws_alb", "_app.", scoreALB, (*decoder).albLine)
}

// NewNLB returns the source aws_nlb.
func NewNLB() *Source {
	return newSource("aws_nlb", "_net.", scoreNLB, (*decoder).nlbLine)
}

// NewCLB returns the source aws_clb.
func NewCLB() *Source {
	return newSource("aws_clb", "", scoreCLB, (*decoder).clbLine)
}

func newSource(name, key string, score func([]byte) int, line func(*decoder, []byte, *ingest.Record) error) *Source {
	return &Source{name: name, key: key, score: score, line: line, known: newFields(schemas.MustLoadSource(name))}
}

// Name implements ingest.Source.
func (s *Source) Name() string { return s.name }

// NewDecoder implements ingest.Source.
func (s *Source) NewDecoder(o ingest.Origin, _ ingest.Options) ingest.Decoder {
	return &decoder{source: s, known: &s.known, account: o.Account, region: o.Region}
}

// Reuse implements ingest.Reusable.
func (d *decoder) Reuse(o ingest.Origin) { d.account, d.region = o.Account, o.Region }

// Sniff implements ingest.Source.
func (s *Source) Sniff(o ingest.Origin, head []byte) (int, ingest.Framing) {
	score := 0
	for len(head) > 0 && score == 0 {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		head = rest
		if line = bytes.TrimSpace(line); len(line) > 0 && !isRemark(line) {
			score = s.score(line)
			break
		}
	}
	if score == 0 && o.Service == "elasticloadbalancing" && s.key != "" && bytes.Contains([]byte(o.Name), []byte(s.key)) {
		score = 60
	}
	return score, ingest.Lines
}

// isRemark says whether a line is a comment, or the only line of the file that
// AWS writes to test its access to the bucket.
func isRemark(line []byte) bool {
	return line[0] == '#' || bytes.HasPrefix(line, []byte("Enable "))
}

func scoreALB(line []byte) int {
	var w [4][]byte
	words(line, w[:])
	if isKind(w[0]) && isTime(w[1]) {
		if bytes.HasPrefix(w[2], []byte("app/")) {
			return 98
		}
		return 85
	}
	if _, ok := text.Addr(w[1]); ok && isTime(w[0]) && digits(w[2]) && digits(w[3]) {
		return 90 // a connection log
	}
	return 0
}

func scoreNLB(line []byte) int {
	var w [4][]byte
	words(line, w[:])
	if string(w[0]) != "tls" || !bytes.Contains(w[1], []byte(".")) || !isTime(w[2]) {
		return 0
	}
	if bytes.HasPrefix(w[3], []byte("net/")) {
		return 98
	}
	return 80
}

func scoreCLB(line []byte) int {
	var w [7][]byte
	words(line, w[:])
	_, _, port := text.HostPort(w[2])
	if !isTime(w[0]) || !digits(port) {
		return 0
	}
	for _, t := range w[4:] {
		if _, ok := text.Micros(t); !ok {
			return 0
		}
	}
	return 90
}

// words fills w with the first words of a line.
func words(line []byte, w [][]byte) {
	at := 0
	for i := range w {
		from, to := text.Next(line, at)
		w[i], at = line[from:to], to
	}
}

// isKind says whether b is one of the types of connection that ALB logs.
func isKind(b []byte) bool {
	switch string(b) {
	case "http", "https", "h2", "grpcs", "ws", "wss":
		return true
	}
	return false
}

func isTime(b []byte) bool {
	_, ok := text.DateTime(b)
	return ok
}

func digits(b []byte) bool {
	_, ok := text.Uint(b)
	return ok
}
