// Package identity says who asks, what they may do, and which rows and columns they
// may see. It decides nothing by asking the store: a decision costs no query.
package identity
