// Package correlate runs Sigma's correlations over the matches of other rules,
// by the time of the events.
//
// Matches may come in any order; they wait until nothing older is expected
// (Options.Lateness) or too many wait (Options.Pending), and are then taken in
// the order of their times. What comes later still is taken at once and counted
// as late, not dropped. Memory is bounded: by what waits, and by the groups
// under way, of which the stalest are given up, and counted, if there are more
// than Options.Groups.
//
// What the specification leaves open:
//
//   - Windows slide. event_count, value_count and value_sum with lower bounds (gt,
//     gte) and value_avg and value_percentile are looked at with every match; with
//     upper bounds or eq, a count can only be told when its time is over: then a
//     window runs from a group's first match for the timespan.
//   - A group fires when its condition becomes true and not again before it was
//     false. Temporal types begin anew when they fired.
//   - With Options.Aligned, time is cut into windows of the timespan's length that begin at
//     its multiples. A group fires once in each window in which its condition is
//     true at some match; counts and orders look back over the timespan, into the
//     window before; closing types look at the aligned window. What fires in a
//     window then depends on the matches of that window and the one before, and
//     on nothing else: not on how far back one began to read.
//   - A record without a group-by field belongs to the group "without".
//   - Matches at the same time are in any order that temporal_ordered likes.
package correlate
