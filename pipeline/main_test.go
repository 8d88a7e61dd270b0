package pipeline

import (
	"flag"
	"testing"

	"github.com/scrubline/scrubline/store/engine/enginetest"
)

func TestMain(m *testing.M) {
	// Each check makes a data folder and syncs a dozen files.
	if err := flag.Set("rapid.checks", "15"); err != nil {
		panic(err)
	}
	enginetest.Main(m)
}
