package query

import (
	"strings"
	"testing"
)

func TestShapeSQLNamesNobody(t *testing.T) {
	for statement, want := range map[string]string{
		"SELECT action, count() FROM events WHERE actor_name = 'Jane Doe' LIMIT 7":        "SELECT action, count() FROM events WHERE actor_name = ? LIMIT ?",
		"select 1 as jane_doe -- about Jane\nfrom events":                                 "select ? as ? from events",
		"SELECT `Jane Doe`, \"Jane\" FROM events /* Jane */ WHERE src_ip = toIPv6('::1')": "SELECT ?, ? FROM events WHERE src_ip = toIPv6(?)",
		"Jane Doe 123-45-6789":                         "? ? ?-?-?",
		"SELECT 'it''s Jane' || 'a\\'Jane' FROM flows": "SELECT ? || ? FROM flows",
		"SELECT 'open Jane":                            "SELECT ?",
		"SELECT /* open Jane":                          "SELECT",
		"SELECT $x$ Jane $x$":                          "SELECT ?",
		"SELECT `open Jane":                            "SELECT ?",
		"SELECT Jän FROM events WHERE batch = unhex('4a616e65') AND record_no = 0x4a616e65":  "SELECT ??? FROM events WHERE batch = ?(?) AND record_no = ?",
		"SELECT # Jane\n action FROM access_by_subject WHERE subject = 't1.patient.1.aaaaa'": "SELECT action FROM access_by_subject WHERE ? = ?",
	} {
		if got := ShapeSQL(statement); got != want || strings.Contains(got, "Jane") {
			t.Errorf("%q\n got %q\nwant %q", statement, got, want)
		}
	}
}
