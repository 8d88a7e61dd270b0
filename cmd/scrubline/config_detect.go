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
	Suppressions string        `yaml:"suppressions"` // folder or file
	Lateness     time.Duration `yaml:"lateness"`     // default 10m; see watch.Options
	Reload       time.Duration `yaml:"reload"`       // how often run looks whether rules changed; default 10s
	Silence      time.Duration `yaml:"silence"`      // how often run looks for logs that stopped; default 10m, below 0 never
}

// at returns where a path of the configuration is: relative ones to the data folder.
func (c *detectConfig) at(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// files returns the rule files as commands know them.
func (c *detectConfig) files(dir string) ruleFiles {
	f := ruleFiles{Placeholders: c.at(dir, c.Placeholders), own: c.Own == nil || *c.Own}
	for _, r := range c.Rules {
		f.Rules = append(f.Rules, c.at(dir, r))
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
	lists, err := loadLists(dir)
	if err != nil {
		return nil, err
	}
	for _, p := range set.Problems {
		if p.Severity == sigma.Refused {
			refused(p)
		}
	}
	return watch.NewRules(set.Rules, lists), nil
}
