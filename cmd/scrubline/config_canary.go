package main

import "time"

// canaryConfig is the section canary: fictional patients among what comes in, looked
// for in what was stored.
type canaryConfig struct {
	Every      time.Duration `yaml:"every"`      // of run; 0, the default: none
	Identities int           `yaml:"identities"` // new patients a round, ten records each; default 4
	Residual   float64       `yaml:"residual"`   // share of sampled records that a second look may suspect, an alert if more; default 0.01
}

const (
	defaultIdentities = 4
	defaultResidual   = 0.01
)
