package s3

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/layout"
)

// Scheme is the scheme of payloads from S3.
const Scheme = "s"

// Object is one version of an object.
type Object struct {
	Bucket, Key string
	Version     string    // "" or "null" in a bucket without versions
	ETag        string    // without quotes; "" if who named the object did not say
	Size        int64     // bytes, -1 if who named the object did not say
	Time        time.Time // when it was written
}

// versioned says whether the version tells the object from every other.
func (o *Object) versioned() bool { return o.Version != "" && o.Version != "null" }

// named says whether the object's identity is known.
func (o *Object) named() bool { return o.versioned() && o.Size >= 0 || o.ETag != "" && o.Size >= 0 }

func (o *Object) identity() string {
	if o.versioned() {
		return o.Bucket + "\x00" + o.Key + "\x00v" + o.Version
	}
	return o.Bucket + "\x00" + o.Key + "\x00e" + o.ETag + "\x00" + strconv.FormatInt(o.Size, 10)
}

func (o *Object) origin() ingest.Origin {
	or := ingest.Origin{Name: "s3://" + o.Bucket + "/" + o.Key, Time: o.Time}
	or.Account, or.Region, or.Service, _ = layout.Parse(o.Key)
	return or
}

// Payload returns the object's payload without a way to open it: its identity.
func (o *Object) Payload() ingest.Payload {
	return ingest.Payload{Origin: o.origin(), Scheme: Scheme, Identity: o.identity(), Size: o.Size}
}

// gap returns the payload that stands for an object which could not be read.
func (o *Object) gap(code ingest.Code) ingest.Payload {
	p := o.Payload()
	p.Identity += "\x00gap"
	p.Size = -1
	p.Open = func(context.Context) (io.ReadCloser, error) {
		return nil, &ingest.PayloadError{Code: code, Offset: -1}
	}
	return p
}

// unquote takes the quotes off an ETag as HTTP writes it.
func unquote(etag string) string { return strings.Trim(etag, `"`) }
