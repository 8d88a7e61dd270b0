package archive

import (
	"context"
	"testing"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
)

// shelf notes for how long things are kept.
type shelf struct {
	object.Store
	kept []object.Period
}

func (s *shelf) Put(context.Context, string, []byte) error {
	s.kept = append(s.kept, object.Period{})
	return nil
}

func (s *shelf) PutFor(_ context.Context, _ string, _ []byte, keep object.Period) error {
	s.kept = append(s.kept, keep)
	return nil
}

func (s *shelf) Extend(context.Context, string, time.Time) error { return nil }

func TestRetentionByClass(t *testing.T) {
	r := Retention{Default: object.Period{Years: 7}, Classes: map[string]object.Period{"aws_vpcflow": {Years: 6}, "app": {Years: 10}}}
	if got := r.Longest(); got != (object.Period{Years: 10}) {
		t.Error("longest:", got)
	}
	s := &shelf{}
	a := &Archive{log: new(sealLog), store: s, retention: r}
	for _, source := range []string{"aws_alb", "aws_vpcflow", "app"} {
		if err := a.put(t.Context(), "k", nil, source); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []object.Period{{Years: 7}, {Years: 6}, {Years: 10}} {
		if s.kept[i] != want {
			t.Errorf("%d: %v, want %v", i, s.kept[i], want)
		}
	}
	a.retention = Retention{}
	if err := a.put(t.Context(), "k", nil, "app"); err != nil || s.kept[3] != (object.Period{}) {
		t.Error("without a retention the store's own holds:", s.kept[3], err)
	}
	// Whatever the classes are, the longest covers each.
	odd := Retention{Default: object.Period{Days: 400}, Classes: map[string]object.Period{"a": {Years: 1, Days: 1}, "b": {Days: 380}}}
	for _, p := range odd.Classes {
		if !odd.Longest().Covers(p) {
			t.Errorf("%v does not cover %v", odd.Longest(), p)
		}
	}
}
