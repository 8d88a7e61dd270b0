package sigma

import (
	"slices"
	"strconv"
	"time"
)

// CorrelationType is what a correlation looks at.
type CorrelationType string

const (
	EventCount      CorrelationType = "event_count"
	ValueCount      CorrelationType = "value_count"
	Temporal        CorrelationType = "temporal"
	TemporalOrdered CorrelationType = "temporal_ordered"
	ValueSum        CorrelationType = "value_sum"
	ValueAvg        CorrelationType = "value_avg"
	ValuePercentile CorrelationType = "value_percentile"
	ValueMedian     CorrelationType = "value_median" // of pySigma; the specification has it as a percentile
)

var correlationTypes = []CorrelationType{EventCount, ValueCount, Temporal, TemporalOrdered, ValueSum, ValueAvg, ValuePercentile, ValueMedian}

// Correlation is a rule over the matches of other rules.
type Correlation struct {
	Type  CorrelationType
	Rules []*Rule // what it refers to, in the order given
	// GroupBy are the fields, or names of Aliases, whose values tell groups apart.
	// A record without a field belongs to the group without a value.
	GroupBy  []string
	Aliases  map[string]map[*Rule]string
	Timespan time.Duration
	// Bounds must all hold for the count or value; temporal types without bounds
	// want all rules.
	Bounds     []Bound
	Field      []string // of value types; value_count may have several
	Percentile float64  // of value_percentile, 0 to 100
	Generate   bool
	// Want, if not nil, says of a temporal type which of the rules, by their places,
	// must have matched.
	Want *Together

	refs  []string
	alias map[string]map[string]string
	line  int
}

// Bound is one comparison of a condition.
type Bound struct {
	Op    Op
	Value float64
}

// Holds says whether v is within b.
func (b Bound) Holds(v float64) bool {
	switch b.Op {
	case LT:
		return v < b.Value
	case LTE:
		return v <= b.Value
	case GT:
		return v > b.Value
	case GTE:
		return v >= b.Value
	case NEQ:
		return v != b.Value
	}
	return v == b.Value
}

// FieldOf returns the field of base's records that name, a field or an alias,
// stands for.
func (c *Correlation) FieldOf(name string, base *Rule) string {
	if m, ok := c.Aliases[name]; ok {
		if f, ok := m[base]; ok {
			return f
		}
	}
	return name
}

func parseCorrelation(n *node) (*Correlation, error) {
	cn := n.key("correlation")
	if cn.kind != isMap {
		return nil, at(cn.line, "correlation is not a map")
	}
	for i, k := range cn.keys {
		if !slices.Contains([]string{"type", "rules", "group-by", "timespan", "timeframe", "condition", "aliases", "generate"}, k) {
			return nil, at(cn.vals[i].line, "correlation: %q is not supported", k)
		}
	}
	c := &Correlation{
		Type: CorrelationType(cn.str("type")), refs: cn.strs("rules"), GroupBy: cn.strs("group-by"), line: cn.line,
		Generate: cn.str("generate") == "true" || n.str("generate") == "true",
	}
	if !slices.Contains(correlationTypes, c.Type) {
		return nil, at(cn.line, "correlation type %q is not supported", c.Type)
	}
	span := cn.str("timespan")
	if span == "" {
		span = cn.str("timeframe")
	}
	var err error
	if c.Timespan, err = timespan(span); err != nil {
		return nil, at(cn.line, "timespan %q: write a number and s, m, h or d", span)
	}
	if err := c.condition(cn.key("condition")); err != nil {
		return nil, err
	}
	if len(c.refs) == 0 {
		return nil, at(cn.line, "correlation names no rules")
	}
	al := cn.key("aliases")
	if al == nil {
		return c, nil
	}
	c.alias = map[string]map[string]string{}
	for i, name := range al.keys {
		m := map[string]string{}
		for j, rule := range al.vals[i].keys {
			m[rule] = al.vals[i].vals[j].text
		}
		if len(m) == 0 {
			return nil, at(al.vals[i].line, "alias %s names no rule", name)
		}
		c.alias[name] = m
	}
	return c, nil
}

// condition reads the condition's map. Temporal types may do without.
func (c *Correlation) condition(n *node) error {
	temporal := c.Type == Temporal || c.Type == TemporalOrdered
	if n == nil {
		if temporal {
			return nil
		}
		return at(c.line, "correlation has no condition")
	}
	if n.kind != isMap {
		return c.extended(n)
	}
	ops := map[string]Op{"eq": EQ, "lt": LT, "lte": LTE, "gt": GT, "gte": GTE, "neq": NEQ}
	for i, k := range n.keys {
		v := n.vals[i]
		switch op, ok := ops[k]; {
		case ok:
			f, err := strconv.ParseFloat(v.text, 64)
			if err != nil || v.kind != isNumber && v.kind != isString {
				return at(v.line, "%s is no number", k)
			}
			c.Bounds = append(c.Bounds, Bound{op, f})
		case k == "field":
			c.Field = n.strs("field")
		case k == "percentile":
			f, err := strconv.ParseFloat(v.text, 64)
			if err != nil || f < 0 || f > 100 {
				return at(v.line, "percentile is no number from 0 to 100")
			}
			c.Percentile = f
		default:
			return at(v.line, "correlation condition %q is not supported", k)
		}
	}
	values := c.Type != EventCount && !temporal
	switch {
	case len(c.Bounds) == 0 && !temporal:
		return at(n.line, "correlation condition compares with nothing")
	case values && len(c.Field) == 0:
		return at(n.line, "%s needs a field in its condition", c.Type)
	case !values && len(c.Field) > 0:
		return at(n.line, "%s takes no field", c.Type)
	case len(c.Field) > 1 && c.Type != ValueCount:
		return at(n.line, "%s takes one field", c.Type)
	case c.Type == ValuePercentile && n.key("percentile") == nil:
		return at(n.line, "value_percentile needs percentile in its condition: which one to take of the field's values")
	}
	return nil
}

// timespan reads a number and a unit. The specification has s, m, h and d;
// pySigma has weeks, months and years (M, y) besides, of its lengths.
func timespan(s string) (time.Duration, error) {
	units := map[string]time.Duration{
		"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
		"M": 2629746 * time.Second, "y": 31556952 * time.Second,
	}
	if s == "" {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 31)
	unit := units[s[len(s)-1:]]
	if err != nil || unit == 0 || n == 0 || time.Duration(n) > 3660*24*time.Hour/unit {
		return 0, strconv.ErrSyntax
	}
	return time.Duration(n) * unit, nil
}
