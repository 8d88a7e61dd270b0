// Package all lists the sources and chooses the one a payload is decoded with.
package all

import (
	"slices"
	"strings"
	"sync"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/alb"
	"github.com/scrubline/scrubline/ingest/app"
	"github.com/scrubline/scrubline/ingest/cloudtrail"
	"github.com/scrubline/scrubline/ingest/envelope"
	"github.com/scrubline/scrubline/ingest/generic"
	"github.com/scrubline/scrubline/ingest/vpcflow"
	"github.com/scrubline/scrubline/ingest/waf"
	"github.com/scrubline/scrubline/schemas"
)

// Fallback is the source of text that no other source knows.
const Fallback = "app"

// Sources lists every source.
func Sources() []ingest.Source { return slices.Clone(known()) }

// known makes the sources once.
var known = sync.OnceValue(func() []ingest.Source {
	return append([]ingest.Source{
		cloudtrail.New(),
		vpcflow.New(),
		alb.New(),
		alb.NewNLB(),
		alb.NewCLB(),
		waf.New(),
		app.New(),
	}, generic.Sources()...)
})

// aliases are the short names of --format.
var aliases = map[string]string{
	"cloudtrail": "aws_cloudtrail", "vpcflow": "aws_vpcflow", "alb": "aws_alb", "nlb": "aws_nlb",
	"clb": "aws_clb", "waf": "aws_waf", "elb": "aws_alb", "access": "app", "syslog": "app", "k8s": "app",
	"json": "app", "logfmt": "app", "text": "app", "hl7v2": "app", "hl7": "app", "x12": "app", "fhir": "app",
	"narrative": "app", "app-logs": "app",
}

// ByName returns the source of that name or short name.
func ByName(name string) (ingest.Source, bool) {
	if a, ok := aliases[name]; ok {
		name = a
	}
	for _, s := range known() {
		if s.Name() == name || s.Name() == "aws_"+name || s.Name() == "aws_"+strings.ReplaceAll(name, "-", "_") {
			return s, true
		}
	}
	return nil, false
}

// ByFormat is ByName for formats that people name: nobody can name what Scrubline
// writes itself.
func ByFormat(name string) (ingest.Source, bool) {
	s, ok := ByName(name)
	if !ok || own(s) {
		return nil, false
	}
	return s, true
}

func own(s ingest.Source) bool { return s.Name() == generic.Own || s.Name() == schemas.AuditSource }

// Choice says how a payload is read.
type Choice struct {
	Source   ingest.Source
	Table    schemas.Table
	Framing  ingest.Framing
	envelope bool
}

// Envelope says whether the log entries lie in envelopes of AWS services.
func (c Choice) Envelope() bool { return c.envelope }

// Choose picks the source of a payload by its origin and first bytes, or the one
// that is forced by name. It fails for bytes that are no text.
func Choose(o ingest.Origin, head []byte, forced string) (Choice, bool) {
	c := Choice{}
	inner := head
	if in, m, ok := envelope.Sniff(head); ok {
		c.envelope, inner = true, in
		if forced == "" {
			forced = m.Source()
		}
	}
	if forced != "" {
		s, ok := ByName(forced)
		if !ok || own(s) && o.Service != generic.Own {
			return c, false
		}
		_, f := s.Sniff(o, inner)
		c.Source, c.Framing = s, f
	} else {
		best := 0
		for _, s := range known() {
			if score, f := s.Sniff(o, inner); score > best {
				best, c.Source, c.Framing = score, s, f
			}
			if best == ingest.Certain {
				break
			}
		}
		if c.Source == nil {
			return c, false
		}
	}
	if c.envelope {
		c.Framing = ingest.JSON
	}
	c.Table = schemas.TableOf(c.Source.Name())
	return c, true
}
