package main

import "time"

// canaryConfig is the section canary: fictional patients among what comes in, looked
// for in what was stored.
type canaryConfig struct {
	Every      time.Duration `yaml:"every"`      // of run; 0, the default: none
	Identities int           `yaml:"identities"` // new patients a round, ten records each; default 4
}

const defaultIdentities = 4
