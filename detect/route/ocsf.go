package route

import (
	"github.com/scrubline/scrubline/detect/alert"
)

// finding is an OCSF Detection Finding (class 2004, schema 1.8).
func (n *Notice) finding() map[string]any {
	a := &n.Alert
	// OCSF: 1 informational to 5 critical; Sigma's ranks are one lower.
	severity := alert.Rank(a.Level) + 1
	evidence := make([]any, 0, len(a.Evidence))
	for _, r := range a.Evidence {
		evidence = append(evidence, map[string]any{"data": r})
	}
	return map[string]any{
		"class_uid": 2004, "class_name": "Detection Finding", "category_uid": 2, "category_name": "Findings",
		"activity_id": 1, "activity_name": "Create", "type_uid": 200401,
		"time": a.Found.UnixMilli(), "start_time": a.First.UnixMilli(), "end_time": a.Last.UnixMilli(), "count": a.Matches,
		"severity_id": severity, "severity": [...]string{"Informational", "Low", "Medium", "High", "Critical"}[severity-1],
		"status_id": 1, "status": "New", "message": a.Summary,
		"metadata": map[string]any{
			"version": "1.8.0", "uid": n.ID,
			"product": map[string]any{"name": "Scrubline", "vendor_name": "Scrubline"},
		},
		"finding_info": map[string]any{
			"uid": a.ID, "title": n.Title(), "desc": a.Summary, "src_url": n.Link,
			"first_seen_time": a.First.UnixMilli(), "last_seen_time": a.Last.UnixMilli(),
			"analytic": map[string]any{"uid": a.Rule, "name": a.Title, "version": a.Version, "type_id": 1, "type": "Rule"},
		},
		"evidences": evidence,
		"unmapped":  map[string]any{"group": a.Group, "searches": a.Searches, "drill": a.Drill},
	}
}
