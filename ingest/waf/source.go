package waf

import (
	"bytes"
	"strings"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/schemas"
)

const name = "aws_waf"

// Source is WAF.
type Source struct{ root *schemas.Node }

// New returns the source. It panics if the embedded schema is broken.
func New() Source { return Source{schemas.MustLoadSource(name).Root} }

// Name implements ingest.Source.
func (Source) Name() string { return name }

// Sniff implements ingest.Source.
func (Source) Sniff(o ingest.Origin, head []byte) (int, ingest.Framing) {
	it, ok := jsonwalk.Iterate(bytes.TrimPrefix(head, []byte("\ufeff")))
	if !ok {
		return 0, ingest.JSON
	}
	acl, request := false, false
	for it.Next() {
		if it.Key == nil { // an array: look into its first element
			if it, ok = jsonwalk.Iterate(it.Value); !ok {
				return 0, ingest.JSON
			}
			continue
		}
		acl = acl || string(it.Key) == "webaclId"
		request = request || string(it.Key) == "httpRequest"
	}
	switch {
	case acl && request:
		return 100, ingest.JSON
	case strings.EqualFold(o.Service, "WAFLogs"):
		return 70, ingest.JSON
	case acl:
		return 60, ingest.JSON
	}
	return 0, ingest.JSON
}

// NewDecoder implements ingest.Source.
func (s Source) NewDecoder(_ ingest.Origin, opt ingest.Options) ingest.Decoder {
	depth := opt.Limits.Depth
	if depth == 0 {
		depth = ingest.DefaultLimits.Depth
	}
	return &decoder{walker: jsonwalk.New(depth), root: s.root}
}

// Reuse implements ingest.Reusable.
func (d *decoder) Reuse(ingest.Origin) {}
