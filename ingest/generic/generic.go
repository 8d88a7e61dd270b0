// Package generic holds the sources that are kept as generic events: their
// records are scrubbed as they stand, and of the columns only the obvious ones
// are filled: when, whose account, what was done to what, by whom, from where,
// with what outcome.
package generic

import (
	"slices"
	"sync"

	"github.com/scrubline/scrubline/ingest"
)

// Sources returns the sources of this package. It panics if an embedded schema
// is broken.
func Sources() []ingest.Source { return slices.Clone(shared()) }

// shared reads the schemas once: that takes longer than decoding a small payload,
// and they never change.
var shared = sync.OnceValue(func() []ingest.Source {
	return []ingest.Source{
		newRoute53(),
		newEKS(),
		newGuardDuty(),
		newSecurityHub(),
		newConfig(),
		newBedrock(),
		newCloudFront(),
		newS3Access(),
		newRDS(),
		newScrubline(),
		newAudit(),
	}
})
