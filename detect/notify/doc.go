// Package notify decides which alert goes by which route, and when.
//
// The outbox is what the book says: an alert is due on a route from when it is
// stored until the book has a delivery of it there. Nothing else has to be written
// for an alert to be sent, so a notifier that dies anywhere sends again what it has
// no mark of, with the same id: at least once, told apart by the id.
//
// Each route is on its own. One that fails is tried again after a pause that
// doubles; alerts wait meanwhile, in the order they were found. After Patience an
// alert is given up there. A route that has failed Dead times in a row is an alert
// itself, which goes by the others. More than Limit notices within Per become one
// summary. Suppressed alerts go nowhere.
package notify
