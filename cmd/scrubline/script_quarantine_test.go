package main

import (
	"encoding/json"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/scrubline/scrubline/store/quarantine/awskms/kmstest"
)

// fakeKMS: a KMS of which KMS is the address.
func fakeKMS(ts *testscript.TestScript, _ bool, _ []string) {
	s, end, err := kmstest.Start()
	ts.Check(err)
	ts.Defer(end)
	ts.Setenv("KMS", s.URL)
}

// quarantined DIR sets ENTRY to the id of the first entry.
func quarantined(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("scrubline", "quarantine", "list", "--data", args[0]))
	var entry struct{ ID string }
	ts.Check(json.NewDecoder(strings.NewReader(ts.ReadFile("stdout"))).Decode(&entry))
	ts.Setenv("ENTRY", entry.ID)
}
