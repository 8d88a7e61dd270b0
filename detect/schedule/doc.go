// Package schedule runs rules over stored events, window by window, by the time of
// the events: a second look at what the stream saw, by another engine, and the only
// look of rules that need to know what was before (sigma.Novel).
//
// A window is run when the watermark of its rule's sources is Lateness past its end,
// and again when events of it come later. Each run is recorded (book.Run): what is
// not on record is run, after a restart too, and what is on record is not. Windows
// that are too old to be caught up with are recorded as skipped; that and a run that
// failed is an alert (watch.DetectionGap). Alerts have ids that follow from rule,
// group and window, so that none is doubled by a window that is run twice.
package schedule
