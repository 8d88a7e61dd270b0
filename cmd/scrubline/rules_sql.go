package main

import (
	"fmt"

	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/detect/sql"
)

type rulesSQLCmd struct {
	ruleFiles
	Rule string `arg:"" help:"Id or name of the rule."`
}

func (c *rulesSQLCmd) Run() error {
	set, err := c.load()
	if err != nil {
		return err
	}
	var rule *sigma.Rule
	for _, r := range set.Rules {
		if r.ID == c.Rule || r.Name == c.Rule {
			rule = r
		}
	}
	if rule == nil {
		return &exitError{exitUsage, fmt.Errorf("no rule %q that can be used", c.Rule)}
	}
	qs, err := sql.Compile(rule)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	for _, q := range qs {
		fmt.Printf("SELECT event_time, origin, record_no, native FROM %s\nWHERE %s\nLIMIT 1 BY batch, record_no;\n\n", q.Table, q.Where())
	}
	return nil
}
