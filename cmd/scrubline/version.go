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
	fmt.Printf("%s (scrubber %s, archive format %d, engine %s)\n", software(), scrub.Version, archive.Format, engine.Version)
	return nil
}

// software is the program's name and version.
func software() string {
	v := version
	if b, ok := debug.ReadBuildInfo(); ok && v == "" {
		v = b.Main.Version
	}
	return "scrubline " + v
}
