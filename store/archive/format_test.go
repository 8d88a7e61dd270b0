package archive

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// FORMAT.md outlives the code: it names every member that is written.
func TestFormatPageIsComplete(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{footer{}, Leaf{}, Sealed{}, Day{}, DaySource{}, keyChange{}, Proof{}, ProofRow{}, Receipt{}, receiptLine{}} {
		for f := range reflect.TypeOf(v).Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("%T: FORMAT.md does not say what %s is", v, name)
			}
		}
	}
	for _, name := range []string{claimRoot, checkpointRoot, receiptRoot, dayRoot, tileRoot, witnessRoot, KeyFile, PubFile, memoryFile, originPrefix, claimHead, dayHead, proofFormat} {
		if !strings.Contains(string(page), name) {
			t.Errorf("FORMAT.md does not name %s", name)
		}
	}
}
