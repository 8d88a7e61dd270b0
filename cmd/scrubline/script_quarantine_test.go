package main

import (
	"encoding/json"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// quarantined DIR sets ENTRY to the id of the first entry.
func quarantined(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("scrubline", "quarantine", "list", "--data", args[0]))
	var entry struct{ ID string }
	ts.Check(json.NewDecoder(strings.NewReader(ts.ReadFile("stdout"))).Decode(&entry))
	ts.Setenv("ENTRY", entry.ID)
}
