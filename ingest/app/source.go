// Package app is the source of text that is no log of AWS: application logs in
// JSON and logfmt, syslog, access logs of web servers, container and
// framework lines, HL7 and X12 messages, and plain text.
//
// A payload may mix them, so each entry is decoded by its own shape. A shape is
// taken only if the entry follows it to its end; whatever leaves a doubt is one
// text that the scrubber reads whole, because a name that is cut in two is a name
// that is not found. Who appears in these logs is not known to be workforce: what
// names a user is replaced, unless its key says that the person works there.
package app

import (
	"sync"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/schemas"
)

const name = "app"

// Source is the source app.
type Source struct {
	tries sync.Pool // of *try
	root  *schemas.Node
	known known
}

// New returns the source. It panics if the embedded schema is broken.
func New() ingest.Source { return shared() }

// shared is the one source there is: reading its schema takes longer than decoding
// a small payload, and it never changes.
var shared = sync.OnceValue(func() *Source {
	s := schemas.MustLoadSource(name)
	return &Source{root: s.Root, known: newKnown(s)}
})

// Name implements ingest.Source.
func (*Source) Name() string { return name }

// NewDecoder implements ingest.Source.
func (s *Source) NewDecoder(o ingest.Origin, opt ingest.Options) ingest.Decoder {
	depth := opt.Limits.Depth
	if depth == 0 {
		depth = ingest.DefaultLimits.Depth
	}
	d := &decoder{walker: jsonwalk.New(depth), root: s.root, known: &s.known}
	d.Reuse(o)
	return d
}

// Reuse implements ingest.Reusable.
func (d *decoder) Reuse(o ingest.Origin) {
	if d.written = o.Time; d.written.IsZero() {
		d.written = time.Now()
	}
}

// known is the schema's fields of the shapes that have no keys.
type known struct {
	text, client, user, path, query, url schemas.Field
	method, referer, userAgent           schemas.Field
	host, program                        schemas.Field
}

func newKnown(s *schemas.Schema) known {
	f := s.Names
	return known{
		text: schemas.Unknown.Field, client: f("line:client"), user: f("line:user"),
		path: f("line:path"), query: f("line:query"), url: f("line:url"), method: f("line:method"),
		referer: f("line:referer"), userAgent: f("line:user_agent"),
		host: f("line:host"), program: f("line:program"),
	}
}
