package objecttest

import (
	"testing"

	"github.com/scrubline/scrubline/store/archive/object"
)

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) object.Store { return new(Memory) })
}
