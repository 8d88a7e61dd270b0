package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"text/tabwriter"
	"time"

	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/scrub/policy"
)

type configCmd struct {
	Check   configCheckCmd   `cmd:"" help:"Check the configuration and the policy file: every error with its line and column."`
	Explain configExplainCmd `cmd:"" help:"Say what becomes of a class or a field, and which rule says so."`
}

type configCheckCmd struct {
	File string `arg:"" optional:"" help:"Policy file (default: the one that would be used)." placeholder:"FILE"`
}

// Run prints what is wrong. Exit code 1 says that the policy cannot be used.
func (c *configCheckCmd) Run(g *globals) error {
	path, explicit := c.File, true
	if path == "" {
		cfg, err := g.load()
		if err != nil {
			return &exitError{exitFailed, err}
		}
		path, explicit = g.policyPath(&cfg)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !explicit {
		fmt.Println("no policy file: what is built in holds")
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the policy: %w", err)
	}
	p, problems, err := policy.Parse(path, b, time.Now)
	fmt.Print(problems.String())
	if err != nil {
		return &exitError{code: exitFailed}
	}
	fmt.Printf("%s: %s\n", path, p.Summary())
	return nil
}

type configExplainCmd struct {
	Source string `help:"Explain for this source, for example app." placeholder:"S"`
	Field  string `help:"Explain this field of the source: a path such as user.name." placeholder:"PATH"`
	Class  string `help:"Explain only this class: a Safe Harbor letter or a recognizer." placeholder:"C"`
}

// Run prints what happens and why.
func (c *configExplainCmd) Run(g *globals) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	p, err := g.readPolicy(&cfg)
	if err != nil {
		return err
	}
	if s, ok := all.ByName(c.Source); ok { // short names too
		c.Source = s.Name()
	}
	if c.Field != "" && c.Source == "" {
		return &exitError{exitUsage, errors.New("--field needs --source: the same path is another field elsewhere")}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	switch {
	case c.Field != "":
		err = c.field(w, p)
	default:
		err = c.classes(w, p)
	}
	return errors.Join(err, w.Flush())
}

func (c *configExplainCmd) field(w io.Writer, p *policy.Policy) error {
	e, err := p.ExplainField(c.Source, c.Field)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	fmt.Fprintf(w, "%s %s\t%s\t%s\n", c.Source, e.What, e.Happens, e.Why)
	return nil
}

func (c *configExplainCmd) classes(w io.Writer, p *policy.Policy) error {
	if c.Source != "" {
		if _, err := p.ExplainField(c.Source, "x"); err != nil {
			return &exitError{exitUsage, err}
		}
	}
	some := false
	for _, e := range p.ExplainClasses(c.Source) {
		if c.Class != "" && c.Class != e.What && c.Class != string(e.Letter) {
			continue
		}
		some = true
		fmt.Fprintf(w, "%c\t%s\t%s\t%s\n", e.Letter, e.What, e.Happens, e.Why)
	}
	if !some {
		return &exitError{exitUsage, errors.New("there is no such class: take a letter A to R or a recognizer's name")}
	}
	return nil
}
