package s3

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/digest"
	"github.com/scrubline/scrubline/ingest/digest/digesttest"
)

const hours = 6

// signedTrail is a trail that is put into a bucket when it is judged.
type signedTrail struct {
	*digesttest.Trail
	bucket *bucket
}

func newSignedTrail() *signedTrail { return &signedTrail{digesttest.New("logs", hours), &bucket{}} }

func (b *signedTrail) log(hour, n int) *digesttest.Object {
	return b.Objects[digesttest.LogKey(hour, n)]
}
func (b *signedTrail) digest(hour int) *digesttest.Object { return b.Objects[digesttest.Key(hour)] }

// judged runs Verdicts' list over the bucket once and returns what is not verified,
// as "kind name verdict reason", and how many verdicts there are.
func (b *signedTrail) judged(t *testing.T) (bad []string, n int) {
	t.Helper()
	b.bucket.versions = nil
	for key, o := range b.Objects {
		b.bucket.put(key, "", string(o.Body)).meta = o.Metadata
	}
	keys, err := digest.ParseKeys(append(b.Keys, b.Keys...)) // as two regions' are put together
	if err != nil {
		t.Fatal(err)
	}
	a := &archive{}
	l := a.list(b.bucket, &List{Prefix: "AWSLogs/", Since: time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)})
	l.judge = &judge{client: b.bucket, keys: keys}
	var mu sync.Mutex
	err = l.Run(t.Context(), func(ctx context.Context, p ingest.Payload) error {
		rc, err := p.Open(ctx)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for sc := bufio.NewScanner(rc); sc.Scan(); n++ {
			var v Verdict
			if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
				return err
			}
			if v.Verdict != Verified {
				bad = append(bad, fmt.Sprintf("%s %s %s %s", v.Kind, name(v.Object), v.Verdict, v.Reason))
			}
		}
		p.Done(nil)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(bad)
	return bad, n
}

// name is short for the objects of signedTrail.
func name(object string) string {
	for h := range hours {
		if strings.HasSuffix(object, digesttest.Key(h)) {
			return fmt.Sprint(h)
		}
	}
	_, last, _ := strings.Cut(object, "/01/log")
	return strings.TrimSuffix(last, ".json.gz")
}

func TestUntouchedTrail(t *testing.T) {
	bad, n := newSignedTrail().judged(t)
	if len(bad) > 0 || n != hours*3 {
		t.Errorf("%d verdicts, %q", n, bad)
	}
}

// TestTampering: each kind is found, and named.
func TestTampering(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		do   func(*signedTrail)
		want []string
	}{
		"log edited":     {func(b *signedTrail) { b.log(2, 1).Body = digesttest.Zip(`{"Records":[{"eventID":"x"}]}`) }, []string{"log 2-1 mismatch hash_differs"}},
		"log emptied":    {func(b *signedTrail) { b.log(2, 1).Body = digesttest.Zip("") }, []string{"log 2-1 mismatch hash_differs"}},
		"log of no byte": {func(b *signedTrail) { b.log(2, 1).Body = nil }, []string{"log 2-1 mismatch not_gzip"}},
		"log deleted":    {func(b *signedTrail) { delete(b.Objects, digesttest.LogKey(2, 1)) }, []string{"log 2-1 missing not_there"}},
		"log truncated": {func(b *signedTrail) {
			o := b.log(0, 0)
			o.Body = o.Body[:len(o.Body)-9]
		}, []string{"log 0-0 mismatch not_gzip"}},
		"log uncompressed": {func(b *signedTrail) { b.log(0, 0).Body = []byte(`{"Records":[{"eventID":"0-0"}]}`) }, []string{"log 0-0 mismatch not_gzip"}},
		"logs swapped": {func(b *signedTrail) {
			x, y := b.log(1, 0), b.log(1, 1)
			x.Body, y.Body = y.Body, x.Body
		}, []string{"log 1-0 mismatch hash_differs", "log 1-1 mismatch hash_differs"}},
		"junk after a log":   {func(b *signedTrail) { o := b.log(3, 0); o.Body = append(o.Body, "junk"...) }, []string{"log 3-0 mismatch bytes_after_the_end"}},
		"second gzip member": {func(b *signedTrail) { o := b.log(3, 0); o.Body = append(o.Body, digesttest.Zip("more")...) }, []string{"log 3-0 mismatch bytes_after_the_end"}},
		"digest edited":      {func(b *signedTrail) { b.Edit(3, "SHA-256", "SHA-257") }, []string{"digest 3 mismatch bad_signature", "digest 4 mismatch previous_differs"}},
		"log file unlisted":  {func(b *signedTrail) { b.Edit(5, digesttest.LogKey(5, 0), digesttest.LogKey(5, 1)) }, []string{"digest 5 mismatch bad_signature"}},
		"digest deleted":     {func(b *signedTrail) { delete(b.Objects, digesttest.Key(3)) }, []string{"digest 3 missing not_there", "digest 4 mismatch previous_missing"}},
		"digest replayed": {func(b *signedTrail) {
			*b.digest(5) = *b.digest(4)
		}, []string{"digest 5 mismatch moved"}},
		"digest of nothing":   {func(b *signedTrail) { b.digest(5).Body = digesttest.Zip("{}") }, []string{"digest 5 mismatch not_a_digest"}},
		"junk after a digest": {func(b *signedTrail) { o := b.digest(5); o.Body = append(o.Body, 120) }, []string{"digest 5 mismatch bytes_after_the_end"}},
		"signature flipped": {func(b *signedTrail) {
			s := b.digest(5).Metadata[digest.SignatureKey]
			b.digest(5).Metadata[digest.SignatureKey] = map[bool]string{true: "1", false: "0"}[s[0] == '0'] + s[1:]
		}, []string{"digest 5 mismatch bad_signature"}},
		"signature dropped": {func(b *signedTrail) { b.digest(5).Metadata = nil }, []string{"digest 5 mismatch no_signature"}},
		"algorithm changed": {func(b *signedTrail) { b.digest(5).Metadata[digest.AlgorithmKey] = "none" }, []string{"digest 5 mismatch no_signature"}},
		"signed by another": {func(b *signedTrail) { b.Edit(5, "null", "null "); b.Sign(5, other) }, []string{"digest 5 mismatch bad_signature"}},
		"another's key":     {func(b *signedTrail) { b.Edit(5, "f00d", "beef"); b.Sign(5, other) }, []string{"digest 5 mismatch unknown_key"}},
		"digest before signed anew": {func(b *signedTrail) { b.Edit(4, `"newestEventTime":null`, `"newestEventTime":"x"`); b.Sign(4, b.Key) }, // by who has CloudTrail's key
			[]string{"digest 5 mismatch previous_differs"}},
	} {
		t.Run(what, func(t *testing.T) {
			b := newSignedTrail()
			c.do(b)
			if bad, _ := b.judged(t); !slices.Equal(bad, c.want) {
				t.Errorf("got %q\nwant %q", bad, c.want)
			}
		})
	}
}

// TestPendingVerdicts: what we may not read is pending; what S3 does not give now is
// judged another time, whole.
func TestPendingVerdicts(t *testing.T) {
	b := newSignedTrail()
	b.bucket.get = func(_ int, o *stored, _ *awss3.GetObjectInput) error {
		if o.key == digesttest.LogKey(2, 0) {
			return failure(403, "AccessDenied")
		}
		return nil
	}
	if bad, n := b.judged(t); !slices.Equal(bad, []string{"log 2-0 pending denied"}) || n != hours*3 {
		t.Errorf("%d verdicts, %q", n, bad)
	}
	b.bucket.get = func(_ int, o *stored, _ *awss3.GetObjectInput) error {
		if o.key == digesttest.LogKey(2, 0) {
			return failure(404, "NoSuchBucket")
		}
		return nil
	}
	old := pauses
	pauses = backoff{time.Millisecond, time.Millisecond}
	defer func() { pauses = old }()
	if bad, n := b.judged(t); len(bad) != 0 || n != (hours-1)*3 {
		t.Errorf("%d verdicts, %q", n, bad)
	}
}
