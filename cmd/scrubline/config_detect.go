package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/detect/watch"
)

// detectConfig is the section detect: which rules run over what comes in.
type detectConfig struct {
	Off          bool          `yaml:"off"`          // run no rules
	Rules        []string      `yaml:"rules"`        // folders and files besides those of the program; relative to the data folder
	Own          *bool         `yaml:"own_rules"`    // run the program's own; default true
	Placeholders string        `yaml:"placeholders"` // file with their values
	Lateness     time.Duration `yaml:"lateness"`     // default 10m; see watch.Options
}

// files returns the rule files as commands know them.
func (c *detectConfig) files(dir string) ruleFiles {
	at := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	f := ruleFiles{Placeholders: at(c.Placeholders), own: c.Own == nil || *c.Own}
	for _, r := range c.Rules {
		f.Rules = append(f.Rules, at(r))
	}
	return f
}

// loadRules reads and compiles the rules that the configuration names. Rules that
// are refused are named to refused; the others run.
func (c *detectConfig) loadRules(dir string, refused func(sigma.Problem)) (*watch.Rules, error) {
	f := c.files(dir)
	set, err := f.load()
	if err != nil {
		return nil, fmt.Errorf("loading rules: %w", err)
	}
	for _, p := range set.Problems {
		if p.Severity == sigma.Refused {
			refused(p)
		}
	}
	return watch.NewRules(set.Rules), nil
}
