package main

import (
	"fmt"
	"runtime/debug"

	"github.com/scrubline/scrubline/scrub"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/engine"
)

// version is set by the Makefile.
var version = ""

type versionCmd struct{}

func (versionCmd) Run() error {
	v := version
	if b, ok := debug.ReadBuildInfo(); ok && v == "" {
		v = b.Main.Version
	}
	fmt.Printf("scrubline %s (scrubber %s, archive format %d, engine %s)\n", v, scrub.Version, archive.Format, engine.Version)
	return nil
}
