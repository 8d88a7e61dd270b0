// Package alert says what an alert is: which matches are one, what it is called,
// and the sentence that says why.
//
// An alert is the matches of one rule, in one group, within one window of event
// time. Rule, version, group and window make its id, so the id follows from the
// archive and the rules: rows that come twice, in another order, cut into other
// batches or years later raise the same alert and no second one. A thousand
// matches of one person within the hour are one alert that counts to a thousand.
package alert
