package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/scrubline/scrubline/ingest"
)

// Client is what the input asks of S3. *s3.Client of AWS's SDK is one.
type Client interface {
	GetObject(context.Context, *awss3.GetObjectInput, ...func(*awss3.Options)) (*awss3.GetObjectOutput, error)
	HeadObject(context.Context, *awss3.HeadObjectInput, ...func(*awss3.Options)) (*awss3.HeadObjectOutput, error)
	ListObjectVersions(context.Context, *awss3.ListObjectVersionsInput, ...func(*awss3.Options)) (*awss3.ListObjectVersionsOutput, error)
}

// Bounds of reading one object.
const (
	stall = time.Minute // without a byte, a connection is given up
	again = 8           // failures in a row, without a byte between them, end it
)

// pauses between the failures of reading.
var pauses = backoff{200 * time.Millisecond, 20 * time.Second}

// reader reads an object from a place on. A connection that breaks is made anew
// where it broke, and only to the same version: of an object that was overwritten
// meanwhile not a byte is mixed in. Its errors are faults. One goroutine uses it.
type reader struct {
	ctx    context.Context
	client Client
	o      *Object
	at     int64
	failed int          // in a row
	note   func(*fault) // hears why reading ended, if set

	written  time.Time // when the object was, once it is open
	metadata map[string]string
	body     io.ReadCloser
	cancel   context.CancelCauseFunc // of the request
	timer    *time.Timer             // calls it
}

// open asks for the object from r.at on.
func (r *reader) open() error {
	ctx, cancel := context.WithCancelCause(r.ctx)
	r.cancel = cancel
	r.timer = time.AfterFunc(stall, func() { cancel(errStalled) })
	in := r.o.get()
	if r.at > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", r.at))
	}
	out, err := r.client.GetObject(ctx, in)
	if err != nil {
		if errors.Is(context.Cause(ctx), errStalled) {
			err = errStalled
		}
		r.close()
		return err
	}
	r.body, r.written, r.metadata = out.Body, aws.ToTime(out.LastModified), out.Metadata
	if total := r.at + aws.ToInt64(out.ContentLength); total != r.o.Size || r.o.ETag != "" && unquote(aws.ToString(out.ETag)) != r.o.ETag {
		r.close()
		return &fault{ingest.CodeGone, "Overwritten"}
	}
	return nil
}

// get asks for this version of the object and no other.
func (o *Object) get() *awss3.GetObjectInput {
	in := &awss3.GetObjectInput{Bucket: &o.Bucket, Key: &o.Key}
	if o.versioned() {
		in.VersionId = &o.Version
	}
	if o.ETag != "" {
		in.IfMatch = aws.String(`"` + o.ETag + `"`)
	}
	return in
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if r.at == r.o.Size {
			return 0, io.EOF
		}
		err := error(nil)
		if r.body == nil {
			err = r.open()
		}
		if err == nil {
			var n int
			r.timer.Reset(stall)
			n, err = r.body.Read(p[:min(int64(len(p)), r.o.Size-r.at)])
			r.timer.Stop()
			r.at += int64(n)
			if n > 0 {
				r.failed = 0
				return n, nil // an error comes again
			}
			if err == nil {
				continue
			}
			r.close()
		}
		if r.ctx.Err() != nil {
			return 0, r.ctx.Err()
		}
		f := faultOf(err)
		r.failed++
		if f.code == ingest.CodeUnreadable && r.failed < again {
			if sleep(r.ctx, pauses.after(r.failed)) {
				continue
			}
			return 0, r.ctx.Err()
		}
		if r.note != nil {
			r.note(f)
		}
		return 0, f
	}
	return 0, nil
}

// close ends the request under way.
func (r *reader) close() {
	if r.body != nil {
		_ = r.body.Close() // read only: nothing can be lost
		r.body = nil
	}
	if r.timer != nil {
		r.timer.Stop()
		r.cancel(nil)
	}
}

// Close implements io.Closer.
func (r *reader) Close() error {
	r.close()
	return nil
}

// block is how much readAt asks for at least: Parquet files are read in many
// small pieces.
const block = 1 << 20

// random is a reader that also gives random access, by requests of its own.
type random struct {
	reader
	held []byte // of the object, from heldAt on
	from int64
}

// ReadAt implements io.ReaderAt. One goroutine calls it.
func (r *random) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		at := off + int64(n)
		if at >= r.o.Size {
			return n, io.EOF
		}
		if at < r.from || at >= r.from+int64(len(r.held)) {
			if err := r.fill(at); err != nil {
				return n, err
			}
		}
		n += copy(p[n:], r.held[at-r.from:])
	}
	return n, nil
}

// fill holds the block that begins at off.
func (r *random) fill(off int64) error {
	size := min(block, r.o.Size-off)
	if int64(cap(r.held)) < size {
		r.held = make([]byte, size)
	}
	r.held, r.from = r.held[:size], off
	part := reader{ctx: r.ctx, client: r.client, o: r.o, at: off, note: r.note}
	defer part.close()
	if _, err := io.ReadFull(&part, r.held); err != nil {
		r.held = r.held[:0]
		return err
	}
	return nil
}

// head completes what who named the object did not say, and finds its time.
func head(ctx context.Context, c Client, o *Object) error {
	in := &awss3.HeadObjectInput{Bucket: &o.Bucket, Key: &o.Key}
	if o.versioned() {
		in.VersionId = &o.Version
	}
	out, err := c.HeadObject(ctx, in)
	if err != nil {
		return faultOf(err)
	}
	etag, size := unquote(aws.ToString(out.ETag)), aws.ToInt64(out.ContentLength)
	if o.named() && (o.ETag != "" && o.ETag != etag || o.Size != size) {
		return &fault{ingest.CodeGone, "Overwritten"}
	}
	o.ETag, o.Size, o.Version = etag, size, aws.ToString(out.VersionId)
	o.Time = aws.ToTime(out.LastModified)
	return nil
}
