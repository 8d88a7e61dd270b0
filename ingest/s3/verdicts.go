package s3

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/digest"
	"github.com/scrubline/scrubline/ingest/generic"
	"github.com/scrubline/scrubline/ingest/layout"
)

// Verdicts is the input that validates CloudTrail's digests, and the log files that
// they list, as they lie in the bucket. It delivers one payload a digest, of source
// scrubline: a verdict a line. It works beside the inputs that carry the logs, and
// delays none of them.
//
// A log file without a verdict is pending: its digest has not come yet (CloudTrail
// writes one an hour), or could not be read so far.
type Verdicts struct {
	Sweep
	Keys digest.Keys
}

// Run implements ingest.Input.
func (v *Verdicts) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	w := v.Sweep
	w.List.judge = &judge{client: w.Client, keys: v.Keys}
	return w.Run(ctx, emit)
}

// What a verdict says.
const (
	Verified = "verified" // what lies there is what CloudTrail delivered
	Mismatch = "mismatch" // it is not
	Missing  = "missing"  // nothing lies there, although CloudTrail delivered it
	Pending  = "pending"  // it is there, and cannot be read by us
)

// Verdict is one line of a payload of Verdicts.
type Verdict struct {
	Type    string        `json:"scrubline"` // VerdictType
	Time    string        `json:"time"`      // end of the digest's hour
	Kind    string        `json:"kind"`      // digest or log
	Verdict string        `json:"verdict"`
	Reason  digest.Reason `json:"reason"`
	Object  string        `json:"object"`  // s3://bucket/key
	Version string        `json:"version"` // of the object that was read, if the bucket has versions
	ETag    string        `json:"etag"`    // of it
	Digest  string        `json:"digest"`  // that lists it
	Account string        `json:"account"`
	Region  string        `json:"region"`
}

// VerdictType tells verdicts from other records of Scrubline's own.
const VerdictType = "trail_verdict"

// judge makes verdicts.
type judge struct {
	client Client
	keys   digest.Keys
}

// wanted says whether a folder may hold digests.
func (j *judge) wanted(folder string) bool {
	_, _, service, _ := layout.Parse(folder + "x")
	return service == "" || service == "CloudTrail-Digest"
}

// isDigest says whether a key is a digest's.
func isDigest(key string) bool {
	return strings.Contains(key, "/CloudTrail-Digest/") && strings.HasSuffix(key, ".json.gz")
}

// payload is the identity of a digest's verdicts.
func (j *judge) payload(o *Object) ingest.Payload {
	p := o.Payload()
	p.Identity += "\x00verdicts"
	p.Origin.Name += "#verdicts"
	p.Origin.Service, p.Size = generic.Own, -1
	return p
}

// fetch judges the digest o and what it lists. An error is a *fault or ctx's: all of
// it is to be tried again.
func (j *judge) fetch(ctx context.Context, o *Object) (ingest.Payload, error) {
	lines, err := j.lines(ctx, o)
	if err != nil {
		return ingest.Payload{}, err
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	for i := range lines {
		if err := enc.Encode(&lines[i]); err != nil {
			return ingest.Payload{}, &fault{ingest.CodeUnreadable, "verdict cannot be written"}
		}
	}
	p := j.payload(o)
	p.Size = int64(text.Len())
	p.Open = func(context.Context) (io.ReadCloser, error) { return inMemory{bytes.NewReader(text.Bytes())}, nil }
	return p, nil
}

func (j *judge) lines(ctx context.Context, o *Object) ([]Verdict, error) {
	body, meta, err := j.read(ctx, o)
	if err != nil {
		return nil, err
	}
	d, wrong := digest.Read(o.Bucket, o.Key, body, meta, j.keys)
	about := Verdict{Type: VerdictType, Time: o.Time.UTC().Format(time.RFC3339), Digest: o.origin().Name}
	about.Account, about.Region = o.origin().Account, o.origin().Region
	if d != nil && !d.End().IsZero() {
		about.Time = d.EndText
	}
	if wrong == "" && !d.First() {
		before := &Object{Bucket: d.PreviousBucket, Key: d.PreviousObject, Size: -1}
		body, meta, err := j.read(ctx, before)
		switch f := faultOf(err); {
		case err == nil:
			wrong = d.Previous(body, meta)
		case f.code == ingest.CodeGone:
			wrong = digest.NoPrevious
		default:
			return nil, err
		}
		if wrong == digest.NoPrevious { // named, so that one can look for it
			v := about
			v.Kind, v.Verdict, v.Reason, v.Object = "digest", Missing, digest.Gone, before.origin().Name
			lines, err := j.files(ctx, d, about)
			return append([]Verdict{about.of(o, "digest", wrong), v}, lines...), err
		}
	}
	first := about.of(o, "digest", wrong)
	if wrong != "" && wrong != digest.BadPrevious {
		return []Verdict{first}, nil // what it lists cannot be believed
	}
	lines, err := j.files(ctx, d, about)
	return append([]Verdict{first}, lines...), err
}

// files judges the log files that a digest lists.
func (j *judge) files(ctx context.Context, d *digest.Digest, about Verdict) ([]Verdict, error) {
	var lines []Verdict
	for i := range d.Files {
		f := &d.Files[i]
		o := &Object{Bucket: f.Bucket, Key: f.Object, Size: -1}
		body, _, err := j.read(ctx, o)
		wrong := digest.Reason("")
		switch x := faultOf(err); {
		case err == nil:
			wrong = f.Check(body)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case x.code == ingest.CodeGone:
			wrong = digest.Gone
		case x.code == ingest.CodeDenied:
			wrong = digest.Denied
		default:
			return nil, x
		}
		lines = append(lines, about.of(o, "log", wrong))
	}
	return lines, nil
}

// of is the verdict on an object.
func (v Verdict) of(o *Object, kind string, wrong digest.Reason) Verdict {
	v.Kind, v.Reason, v.Object, v.Version, v.ETag = kind, wrong, o.origin().Name, o.Version, o.ETag
	switch wrong {
	case "":
		v.Verdict = Verified
	case digest.Gone:
		v.Verdict = Missing
	case digest.Denied:
		v.Verdict = Pending
	default:
		v.Verdict = Mismatch
	}
	return v
}

// read reads an object whole, with its metadata.
func (j *judge) read(ctx context.Context, o *Object) ([]byte, map[string]string, error) {
	if err := retryHead(ctx, j.client, o); err != nil {
		return nil, nil, err
	}
	if o.Size > digest.MaxSize {
		return nil, nil, &fault{ingest.CodeDenied, "TooBig"}
	}
	r := reader{ctx: ctx, client: j.client, o: o}
	defer r.close()
	body := make([]byte, o.Size)
	if _, err := io.ReadFull(&r, body); err != nil {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, nil, faultOf(err)
	}
	return body, r.metadata, nil
}
