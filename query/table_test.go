package query

import (
	"fmt"
	"testing"
	"time"
)

func TestTablesFollowTheQuery(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		q, err := Parse(in, testNow, time.UTC)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			return
		}
		if got := fmt.Sprint(q.Tables()); got != want {
			t.Errorf("%s reads %s, want %s", in, got, want)
		}
	}
	f("", "[events]")
	f("ip:10.0.0.1", "[events]")
	f("source:aws_vpcflow", "[flows]")
	f("source:aws_alb", "[events]")
	f("source:(aws_alb,aws_vpcflow)", "[events flows]")
	f("source:*", "[events flows]")
	f("source:aws_v*", "[events flows]")
	f("source:aws_w*", "[events]")
	f("source:* actor:alice", "[events]")
	f("table:flows", "[flows]")
	f("table:*", "[events flows]")
	f("table:flows actor:alice", "[flows]")
	f("interface_id:eni-1", "[flows]")
	f("packets>10", "[flows]")
	f("-source:aws_vpcflow", "[events]")
	f("action:REJECT OR source:aws_vpcflow", "[events flows]")
}

func TestIsToken(t *testing.T) {
	for s, want := range map[string]bool{
		"t1.patient.1.abcdefghijklmnopqrstuvwxyz": true,
		"t1.patient.1.abc":                        false,
		"t1.patient":                              false,
		"MRN-123":                                 false,
		"":                                        false,
	} {
		if IsToken(s) != want {
			t.Errorf("IsToken(%q) = %v", s, !want)
		}
	}
}
