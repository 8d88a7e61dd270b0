package main

import (
	"fmt"
	"path"
	"time"

	"github.com/scrubline/scrubline/detect/schedule"
)

// scheduleConfig is the section schedule: rules that run over stored events, window by
// window. Without it those run that ask for it themselves.
type scheduleConfig struct {
	Off      bool          `yaml:"off"`      // run no rules by schedule
	Rules    []string      `yaml:"rules"`    // patterns of ids and names of rules that run besides those that ask for it; "*" is all
	Every    time.Duration `yaml:"every"`    // length of windows of rules that do not say; default 1h
	Lateness time.Duration `yaml:"lateness"` // below the watermark, before a window is run; default 15m
	Back     time.Duration `yaml:"back"`     // how far windows are caught up with; default 168h
}

func (c *scheduleConfig) check() error {
	for _, p := range c.Rules {
		if _, err := path.Match(p, ""); err != nil {
			return &exitError{exitUsage, fmt.Errorf("schedule: rules: %q is no pattern", p)}
		}
	}
	if c.Every != 0 && c.Every < time.Minute {
		return &exitError{exitUsage, fmt.Errorf("schedule: every must be a minute at least")}
	}
	if c.Back != 0 && c.Back < c.Every {
		return &exitError{exitUsage, fmt.Errorf("schedule: back must be as long as every at least")}
	}
	return nil
}

// options are a scheduler's, of the configuration.
func (c *scheduleConfig) options() schedule.Options {
	return schedule.Options{Rules: c.Rules, Every: c.Every, Lateness: c.Lateness, Back: c.Back}
}
