// Package deploy holds what Scrubline is installed with, and the tests of it.
package deploy
