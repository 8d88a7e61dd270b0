package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
)

func (b *bucket) object(o *stored) *Object {
	return &Object{Bucket: "logs", Key: o.key, Version: o.version, ETag: o.etag, Size: int64(len(o.body))}
}

// TestReadingGoesOnWhereItBroke: whatever breaks, the bytes are those of the
// object, each once.
func TestReadingGoesOnWhereItBroke(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(0, 200).Draw(rt, "size")
		seed := rapid.Uint64().Draw(rt, "seed")
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			b := &bucket{}
			o := b.put("k", "v", strings.Repeat("0123456789", 20)[:size])
			b.cut = func(int, *stored) int { return rnd.IntN(40) - 1 }
			b.get = func(int, *stored, *awss3.GetObjectInput) error {
				if rnd.IntN(3) == 0 {
					return failure(503, "SlowDown")
				}
				return nil
			}
			r := &reader{ctx: t.Context(), client: b, o: b.object(o)}
			got, err := io.ReadAll(r)
			var f *fault
			switch {
			case err == nil && string(got) != string(o.body):
				t.Errorf("read %q of %q", got, o.body)
			case err != nil && (!errors.As(err, &f) || f.code != ingest.CodeUnreadable || !strings.HasPrefix(string(o.body), string(got))):
				t.Errorf("read %q and %v", got, err)
			}
		})
	})
}

// TestAnOverwrittenObjectIsNotMixed: bytes of another object of the same name never
// follow those of the first.
func TestAnOverwrittenObjectIsNotMixed(t *testing.T) {
	for _, version := range []string{"", "null"} {
		synctest.Test(t, func(t *testing.T) {
			b := &bucket{}
			o := b.object(b.put("k", version, "first object"))
			b.cut = func(n int, _ *stored) int {
				if n == 1 {
					b.versions[0] = &stored{"logs", "k", version, "other", []byte("OTHER OBJECT"), time.Now(), nil}
				}
				return 5
			}
			got, err := io.ReadAll(&reader{ctx: t.Context(), client: b, o: o})
			var f *fault
			if string(got) != "first" || !errors.As(err, &f) || f.code != ingest.CodeGone {
				t.Errorf("read %q, %v", got, err)
			}
		})
	}
}

// TestStall: a connection on which nothing comes is given up and made anew.
func TestStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &stalling{}
		o := b.put("k", "v", "body")
		r := &reader{ctx: t.Context(), client: b, o: b.object(o)}
		got, err := io.ReadAll(r)
		if string(got) != "body" || err != nil || b.asked != 3 {
			t.Errorf("%q %v after %d requests", got, err, b.asked)
		}
	})
}

// stalling gives no answer to the first request, and no byte to the second.
type stalling struct {
	bucket
	asked int
}

func (b *stalling) GetObject(ctx context.Context, in *awss3.GetObjectInput, opts ...func(*awss3.Options)) (*awss3.GetObjectOutput, error) {
	b.asked++
	if b.asked == 1 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	out, err := b.bucket.GetObject(ctx, in, opts...)
	if b.asked == 2 {
		out.Body = io.NopCloser(silent{ctx})
	}
	return out, err
}

type silent struct{ ctx context.Context }

func (s silent) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func TestRandomAccess(t *testing.T) {
	b := &bucket{}
	body := strings.Repeat("abcdefghij", 300_000) // some blocks
	o := b.put("k", "v", body)
	r := &random{reader: reader{ctx: t.Context(), client: b, o: b.object(o)}}
	for range 100 {
		p := make([]byte, rand.IntN(1<<12))
		at := rand.Int64N(int64(len(body)) + 10)
		n, err := r.ReadAt(p, at)
		want := body[min(int(at), len(body)):min(int(at)+len(p), len(body))]
		if string(p[:n]) != want || (err == io.EOF) != (n < len(p)) {
			t.Fatalf("%d bytes at %d: %d, %v", len(p), at, n, err)
		}
	}
	if len(b.gets) > 100 {
		t.Errorf("%d requests", len(b.gets))
	}
}

// TestFaults: how answers of S3 are understood.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		want   ingest.Code
	}{
		{404, "NoSuchKey", ingest.CodeGone}, {404, "NoSuchVersion", ingest.CodeGone}, {404, "NotFound", ingest.CodeGone},
		{405, "MethodNotAllowed", ingest.CodeGone}, {412, "PreconditionFailed", ingest.CodeGone},
		{403, "AccessDenied", ingest.CodeDenied}, {403, "Forbidden", ingest.CodeDenied}, {403, "InvalidObjectState", ingest.CodeDenied},
		{400, "KMS.DisabledException", ingest.CodeDenied}, {400, "KMS.KMSInvalidStateException", ingest.CodeDenied},
		{404, "NoSuchBucket", ingest.CodeUnreadable}, {403, "SignatureDoesNotMatch", ingest.CodeUnreadable}, {400, "ExpiredToken", ingest.CodeUnreadable},
		{503, "SlowDown", ingest.CodeUnreadable}, {500, "InternalError", ingest.CodeUnreadable}, {301, "PermanentRedirect", ingest.CodeUnreadable},
	} {
		f := faultOf(fmt.Errorf("operation: %w", failure(c.status, c.code)))
		if f.code != c.want || f.word != c.code {
			t.Errorf("%d %s: %s, %s", c.status, c.code, f.code, f.word)
		}
	}
	if w := word("Bad<patient name='x'>"); w != "Badpatientnamex" {
		t.Errorf("a code of %q", w)
	}
}
