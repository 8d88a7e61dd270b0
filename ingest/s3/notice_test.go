package s3

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// TestNotices: each file of testdata/notices.txtar is a message, and what follows
// it in name.want what is made of it.
func TestNotices(t *testing.T) {
	a, err := txtar.ParseFile(filepath.Join("testdata", "notices.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(a.Files); i += 2 {
		name := a.Files[i].Name
		if a.Files[i+1].Name != name+".want" {
			t.Fatalf("%s: no want after it", name)
		}
		n, err := parseNotice(a.Files[i].Data)
		var got strings.Builder
		for _, o := range n.objects {
			fmt.Fprintf(&got, "%s %q version=%s etag=%s size=%d %s\n", o.Bucket, o.Key, o.Version, o.ETag, o.Size, o.Time.UTC().Format(time.RFC3339))
		}
		if n.test {
			got.WriteString("test\n")
		}
		if n.others > 0 {
			fmt.Fprintf(&got, "others=%d\n", n.others)
		}
		if err != nil {
			fmt.Fprintln(&got, err)
		}
		if got.String() != string(a.Files[i+1].Data) {
			t.Errorf("%s:\n%swant\n%s", name, got.String(), a.Files[i+1].Data)
		}
	}
}

func FuzzNotices(f *testing.F) {
	a, err := txtar.ParseFile(filepath.Join("testdata", "notices.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range a.Files {
		f.Add(file.Data)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := parseNotice(b)
		if err == nil && !n.test && n.others == 0 && len(n.objects) == 0 {
			t.Error("a message says nothing, and nobody says so")
		}
		for _, o := range n.objects {
			if o.Bucket == "" || o.Key == "" || o.Size < -1 {
				t.Errorf("%+v", o)
			}
		}
	})
}
