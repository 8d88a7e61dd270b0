package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/durable"
	"github.com/scrubline/scrubline/scrub/policy"
)

// policyFile is where the policy is if nobody says, in the data folder.
const policyFile = "scrub.yaml"

// policyPath returns where the policy file is; explicit says that somebody named
// it, so that it must be there.
func (g *globals) policyPath(cfg *config) (path string, explicit bool) {
	switch {
	case g.Policy != "":
		return g.Policy, true
	case cfg.Policy == "":
		return filepath.Join(g.Data, policyFile), false
	case filepath.IsAbs(cfg.Policy):
		return cfg.Policy, true
	case g.Config != "":
		return filepath.Join(filepath.Dir(g.Config), cfg.Policy), true
	}
	return filepath.Join(g.Data, cfg.Policy), true
}

// readPolicy reads the policy file, nil if there is none.
func (g *globals) readPolicy(cfg *config) (*policy.Policy, error) {
	path, explicit := g.policyPath(cfg)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !explicit {
		return nil, nil
	}
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("reading the policy: %w", err)}
	}
	p, _, err := policy.Parse(path, b, time.Now)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return p, nil
}

// rules reads the policy and puts it in force for this process: call it before a
// source is made, which is before a format is looked up. What lets more pass than
// without it is said on stderr, each time.
func (g *globals) rules(cfg *config) (*policy.Policy, error) {
	if g.inForce {
		return g.policy, nil
	}
	p, err := g.readPolicy(cfg)
	if err != nil {
		return nil, err
	}
	if err := schemas.Use(p.Overrides()); err != nil {
		return nil, fmt.Errorf("putting the policy in force: %w", err)
	}
	log := g.logger()
	for _, w := range p.Warnings() {
		if log.GetLevel() <= zerolog.WarnLevel { // the log goes to stderr
			log.Warn().Msg(w)
		} else {
			fmt.Fprintln(os.Stderr, w)
		}
	}
	g.policy, g.inForce = p, true
	return p, nil
}

// keepPolicy keeps the text of the rules in force under the hash that every
// batch has: policies/<hash>.yaml.
func (n *node) keepPolicy(p *policy.Policy) error {
	text, hash, err := pipeline.InForce(p, n.keys, n.cfg.Tenant)
	if err != nil {
		return err
	}
	return n.keepRules(text, hash)
}

// keepRules keeps a text of rules under its hash.
func (n *node) keepRules(text []byte, hash string) error {
	dir := n.path("policies")
	path := filepath.Join(dir, hash+".yaml")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of policies: %w", err)
	}
	if err := durable.Write(path, text, 0o400); err != nil {
		return fmt.Errorf("keeping the policy: %w", err)
	}
	return nil
}
