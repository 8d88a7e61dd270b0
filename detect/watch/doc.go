// Package watch runs rules over events as they pass, keeps what they find in the
// book, and knows what is still to be looked at.
//
// # The order of things
//
// A batch comes to Watch when it is archived and inserted. Watch runs the rules
// over its rows and writes, in this order: the matches that correlations are made
// of, the alerts, and that the batch was watched. Only then it returns, and only
// then the batch's payload may be settled. Whoever dies before is given the batch
// again, finds no mark, and writes the same rows once more: an alert's id follows
// from its matches (package alert), so nothing is lost and nothing doubled.
//
// Correlations run over stored matches, by the time of the events, in aligned
// windows (package correlate). A batch's mark changes when they have seen its
// matches; a watcher that starts begins with those whose mark has not. Counts and
// orders with lower bounds can only become true by more matches: they run at once
// and again whenever a window gets another match, be it late. What may also become
// untrue (upper bounds, means, percentiles) waits until the window is over and
// Lateness has passed, by the newest event of the rule's sources or, when nothing
// comes, by the clock. Each run is a row in rule_runs; one that failed or had to
// leave something out is an alert itself.
//
// Memory is bounded: by the batch in hand, by correlate.Options, and by one line
// for each batch that correlations have not seen yet.
package watch
