// Package rules holds the rules that come with scrubline, as Sigma, each with a
// file of tests beside it: what open rule sets lack, above all the safety of the
// log itself and of stores with patient data.
package rules

import "embed"

// Files are the rule files, a folder for each subject.
//
//go:embed */*.yml */*.yaml
var Files embed.FS
