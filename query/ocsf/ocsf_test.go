package ocsf_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/ocsf"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// required are the attributes that each class asks for: schema.ocsf.io/1.3.0, the
// base event's first.
var required = map[float64][]string{
	0:    {"activity_id", "category_uid", "class_uid", "type_uid", "time", "severity_id", "metadata"},
	4001: {"dst_endpoint", "cloud"},
	4002: {"http_request", "src_endpoint", "cloud"},
	6003: {"actor", "api", "src_endpoint"},
}

func TestEventsHaveWhatTheirClassAsksFor(t *testing.T) {
	end := time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)
	store := querytest.Open(t)
	querytest.Week(t, store, end)
	svc := query.New(store.Conn(), query.Options{Tenant: querytest.Tenant})
	q, err := query.Parse("source:* kind:*", end, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	err = svc.Stream(t.Context(), q, func(r *query.Row) error {
		b, err := ocsf.Append(nil, r)
		if err != nil {
			return err
		}
		var e map[string]any
		if err := json.Unmarshal(b, &e); err != nil {
			return err
		}
		class, activity := e["class_uid"].(float64), e["activity_id"].(float64)
		if e["type_uid"] != class*100+activity || e["category_uid"] != float64(int(class)/1000) {
			return fmt.Errorf("type %v, category %v of class %v activity %v", e["type_uid"], e["category_uid"], class, activity)
		}
		wanted, known := required[class]
		if !known {
			return fmt.Errorf("class %v", class)
		}
		for _, name := range slices.Concat(required[0], wanted) {
			if name == "cloud" && e["metadata"].(map[string]any)["profiles"] == nil {
				continue // the profile is there if the record says which account or region
			}
			if _, ok := e[name]; !ok {
				return fmt.Errorf("class %v without %s: %s", class, name, b)
			}
		}
		seen[fmt.Sprint(class)]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for class := range required {
		if seen[fmt.Sprint(class)] == 0 {
			t.Errorf("no event of class %v: %v", class, seen)
		}
	}
}
