package pipeline

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/file"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/batchtest"
	"github.com/scrubline/scrubline/store/archive/parquet"
)

// parquetFile is a Parquet file of n rows: the archive's own are such.
func parquetFile(t testing.TB, n int) []byte {
	t.Helper()
	b := event.NewBatch(schemas.Events)
	b.Meta = batchtest.Meta(schemas.Events, "aws_cloudtrail", "0a", 0, true)
	batchtest.Events(b, n)
	out, _, err := parquet.NewEncoder().Encode(nil, b, func([32]byte) ([]byte, error) { return []byte("{}"), nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestParquet: rows of a Parquet file are records, from a file and from a stream,
// none included; what is cut off is an error of the payload.
func TestParquet(t *testing.T) {
	whole := parquetFile(t, 5)
	r := newRig(t, nil)
	got := r.mustRun(r.config(), payload{name: "rows", raw: whole}, payload{name: "none", raw: parquetFile(t, 0)}, payload{name: "cut", raw: whole[:len(whole)-6]})
	if g := got["rows"]; g.Events != 5 || g.Error != "" {
		t.Errorf("%+v", g)
	}
	if g := got["none"]; g.Records != 0 || g.Error != "" {
		t.Errorf("%+v", g)
	}
	if g := got["cut"]; g.Events != 0 || g.Tombstones != 1 || g.Error == "" || g.Error == ingest.CodeUnreadable {
		t.Errorf("%+v", g)
	}
	path := filepath.Join(t.TempDir(), "rows.parquet")
	if err := os.WriteFile(path, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	if res, err := ingestFile(t, r, path, nil); err != nil || res.Events != 5 || res.Bytes != int64(len(whole)) {
		t.Errorf("%v, %+v", err, res)
	}
}

// ingestFile carries a file through the file input; meanwhile is called after its
// payload was named and before it is read.
func ingestFile(t testing.TB, r *rig, path string, meanwhile func()) (res Result, done error) {
	t.Helper()
	runner, err := New(r.config())
	if err != nil {
		t.Fatal(err)
	}
	in := spy{&file.Input{Paths: []string{path}}, func(p *ingest.Payload) {
		if meanwhile != nil {
			meanwhile()
		}
		p.Done = func(err error) { done = err }
	}}
	if err := runner.Run(t.Context(), in, func(_ ingest.Payload, x Result) { res = x }); err != nil {
		t.Fatal(err)
	}
	return res, done
}

// spy looks at payloads before they are delivered.
type spy struct {
	ingest.Input
	f func(*ingest.Payload)
}

func (s spy) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	return s.Input.Run(ctx, func(ctx context.Context, p ingest.Payload) error {
		s.f(&p)
		return emit(ctx, p)
	})
}

// TestFileChanges: of a file that is written to after it was named nothing is
// archived, also of one that is read by random access; then it is a payload anew.
func TestFileChanges(t *testing.T) {
	for name, raw := range map[string][]byte{"a.log": []byte(lines(1, 9)), "a.parquet": parquetFile(t, 3), "a.gz": zip([]byte(lines(1, 9)))} {
		r := newRig(t, nil)
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		res, done := ingestFile(t, r, path, func() {
			if err := os.WriteFile(path, append(raw[:len(raw):len(raw)], "more"...), 0o644); err != nil {
				t.Fatal(err)
			}
		})
		if done == nil || res.Error != ingest.CodeUnreadable || res.Cause == "" || len(r.rows()) != 0 {
			t.Errorf("%s: %v, %+v, archived %v", name, done, res, r.rows())
		}
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		if res, done := ingestFile(t, r, path, nil); done != nil || res.Records == 0 || res.Error != "" {
			t.Errorf("%s: %v, %+v", name, done, res)
		}
	}
}

// TestNothingToRead: an empty payload, one of nothing but ends of lines and one
// that is no text, and what a second run says of them.
func TestNothingToRead(t *testing.T) {
	r := newRig(t, nil)
	ps := []payload{{name: "empty"}, {name: "blank", raw: []byte("\n\r\n\n")}, {name: "empty.gz", raw: zip(nil)}, {name: "binary", raw: bytes.Repeat([]byte{0, 1, 0xff}, 100)}}
	for range 2 {
		got := r.mustRun(r.config(), ps...)
		for _, name := range []string{"empty", "blank", "empty.gz"} {
			if g := got[name]; g.Records != 0 || g.Error != "" {
				t.Errorf("%+v", g)
			}
		}
		if g := got["binary"]; g.Tombstones != 1 || g.Records != 1 || g.Error != ingest.CodeBinary || g.Bytes != 300 {
			t.Errorf("%+v", g)
		}
	}
}

// panics is a decoder with a fault.
type panics struct{}

func (panics) Decode(raw []byte, _ *ingest.Record) error { panic("at " + string(raw)) }

func TestDecoderPanics(t *testing.T) {
	in := intake{decoder: panics{}}
	err := in.decode([]byte("SSN 219-09-9999"), &ingest.Record{})
	if e, ok := err.(*ingest.RecordError); !ok || e.Code != ingest.CodeScrub {
		t.Error(err)
	}
}
