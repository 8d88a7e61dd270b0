package cloudtrail

import (
	"bytes"
	"strings"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/schemas"
)

const name = "aws_cloudtrail"

// Source is CloudTrail.
type Source struct{ root *schemas.Node }

// New returns the source. It panics if the embedded schema is broken.
func New() Source { return Source{schemas.MustLoadSource(name).Root} }

// Name implements ingest.Source.
func (Source) Name() string { return name }

// Sniff implements ingest.Source. It looks at the keys of the first record, and
// believes the key layout only of JSON that says nothing else.
func (Source) Sniff(o ingest.Origin, head []byte) (int, ingest.Framing) {
	trail := strings.HasPrefix(o.Service, "CloudTrail")
	it, ok := jsonwalk.Iterate(bytes.TrimPrefix(head, []byte("\ufeff")))
	if !ok {
		return 0, ingest.JSON
	}
	var k keys
	for it.Next() {
		if it.Key == nil { // an array
			k.record(it.Value)
			break
		}
		if string(it.Key) == "Records" && len(it.Value) > 0 && it.Value[0] == '[' {
			if records, _ := jsonwalk.Iterate(it.Value); records.Next() {
				k = keys{}
				k.record(records.Value)
			}
			break
		}
		k.note(it.Key, it.Value)
	}
	switch {
	case k.digest >= 2 || k.digest == 1 && o.Service == "CloudTrail-Digest":
		return 100, ingest.Document
	case k.service:
		return 0, ingest.JSON
	case k.version && (k.action && k.eventSource || k.identity || k.insight):
		return 100, ingest.JSON
	case k.action && k.eventSource:
		return 95, ingest.JSON
	case o.Service == "CloudTrail-Digest":
		return 70, ingest.Document
	case trail:
		return 70, ingest.JSON
	}
	return 0, ingest.JSON
}

// keys are the tell-tale keys of an object.
type keys struct {
	version, action, eventSource, identity, insight bool
	service                                         bool // a notification of an AWS service: "eventSource":"aws:s3"
	digest                                          int
}

func (k *keys) record(b []byte) {
	for it, ok := jsonwalk.Iterate(b); ok && it.Next(); {
		k.note(it.Key, it.Value)
	}
}

func (k *keys) note(key, value []byte) {
	switch string(key) {
	case "eventVersion":
		k.version = true
	case "eventName":
		k.action = true
	case "eventSource", "EventSource":
		k.eventSource = true
		k.service = k.service || bytes.HasPrefix(value, []byte(`"aws:`))
	case "userIdentity":
		k.identity = true
	case "insightDetails":
		k.insight = true
	case "digestStartTime", "digestEndTime", "digestS3Object", "logFiles", "previousDigestSignature":
		k.digest++
	}
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
