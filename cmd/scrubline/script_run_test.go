package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// records DIR N waits until the archive holds N records: what runs in the
// background has carried them.
func records(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	got := uint64(0)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if ts.Exec("scrubline", "archive", "list", "--data", args[0]) != nil {
			continue // not made yet
		}
		got = 0
		for d := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout"))); d.More(); {
			var o struct {
				Rows   uint64
				Source string
			}
			ts.Check(d.Decode(&o))
			if o.Source != "scrubline_audit" { // what is on record of the commands themselves
				got += o.Rows
			}
		}
		if got >= want {
			break
		}
	}
	if got != want {
		ts.Fatalf("%d records, not %d", got, want)
	}
}
