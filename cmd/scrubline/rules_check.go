package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/scrubline/scrubline/detect"
	"github.com/scrubline/scrubline/detect/correlate"
	"github.com/scrubline/scrubline/detect/rules"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/ingest/generic"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/token"
)

type rulesTestCmd struct {
	ruleFiles
	Paths []string `arg:"" optional:"" name:"path" help:"More folders or files."`
}

// testFile is RULE.test.yaml.
type testFile struct {
	Tests []ruleTest                     `yaml:"tests"`
	Lists map[string][]map[string]string `yaml:"lists"` // rows by list; patient in place of key: a record number
}

// ruleTest is one test: records, and whether the rule fires on them.
type ruleTest struct {
	Name   string `yaml:"name"`
	Rule   string `yaml:"rule"`   // id or name, where the rule file has several
	Source string `yaml:"source"` // where the rule reads several
	Fires  *int   `yaml:"fires"`  // how often, 0 for never
	Event  any    `yaml:"event"`  // a record, as YAML
	Events []any  `yaml:"events"` // or several
	Text   string `yaml:"text"`   // or lines as they are

	file  string
	rule  *sigma.Rule
	lists map[string][]map[string]string
	got   int
}

func (c *rulesTestCmd) Run(ctx context.Context, g *globals) error {
	c.Rules = append(c.Rules, c.Paths...)
	set, err := c.load()
	if err != nil {
		return err
	}
	complain(os.Stderr, set.Problems)
	tests, untested, err := c.collect(set)
	if err != nil {
		return err
	}
	if err := runTests(ctx, g, tests); err != nil {
		return err
	}
	failed := 0
	for _, t := range tests {
		if t.got != *t.Fires {
			failed++
			fmt.Printf("%s: %s: fired %d times, want %d\n", t.file, t.Name, t.got, *t.Fires)
		}
	}
	fmt.Fprintf(os.Stderr, "%d tests, %d failed, %d rules without tests\n", len(tests), failed, untested)
	if failed > 0 || set.Refused() > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// collect reads the tests beside the set's rules.
func (c *rulesTestCmd) collect(set *sigma.Set) (tests []*ruleTest, untested int, err error) {
	byFile := map[string][]*sigma.Rule{}
	var order []string
	for _, r := range set.Rules {
		if byFile[r.File] == nil {
			order = append(order, r.File)
		}
		byFile[r.File] = append(byFile[r.File], r)
	}
	for _, file := range order {
		name := strings.TrimSuffix(file, filepath.Ext(file)) + sigma.TestSuffix
		b, err := readBeside(name)
		if errors.Is(err, fs.ErrNotExist) {
			untested += len(byFile[file])
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("reading rule tests: %w", err)
		}
		var f testFile
		if err := yaml.UnmarshalWithOptions(b, &f, yaml.Strict()); err != nil {
			return nil, 0, &exitError{exitUsage, fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, false))}
		}
		for i := range f.Tests {
			t := &f.Tests[i]
			if t.file, t.lists = name, f.Lists; t.Fires == nil {
				return nil, 0, &exitError{exitUsage, fmt.Errorf("%s: %s: fires is missing", name, t.Name)}
			}
			if t.rule = pick(byFile[file], t.Rule); t.rule == nil {
				return nil, 0, &exitError{exitUsage, fmt.Errorf("%s: %s: which rule?", name, t.Name)}
			}
			if t.Source == "" {
				t.Source = detect.Sources(t.rule)[0]
			}
			tests = append(tests, t)
		}
	}
	return tests, untested, nil
}

// readBeside reads a test file, of the rules that come with the program too.
func readBeside(name string) ([]byte, error) {
	if own, ok := strings.CutPrefix(name, "scrubline/"); ok {
		if b, err := rules.Files.ReadFile(own); err == nil {
			return b, nil
		}
	}
	return os.ReadFile(name)
}

// pick returns the rule of that id or name; of none, the only one that alerts.
func pick(rules []*sigma.Rule, name string) *sigma.Rule {
	var found []*sigma.Rule
	for _, r := range rules {
		if name == "" && !r.Silent || name != "" && (r.ID == name || r.Name == name) {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// records returns the test's log.
func (t *ruleTest) records() ([]byte, error) {
	var b bytes.Buffer
	events := t.Events
	if t.Event != nil {
		events = append([]any{t.Event}, events...)
	}
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: not a record", t.file, t.Name)
		}
		b.Write(append(line, '\n'))
	}
	b.WriteString(t.Text)
	return b.Bytes(), nil
}

// runTests carries each test's log through the scrubber and counts how often its
// rule fires.
func runTests(ctx context.Context, g *globals, tests []*ruleTest) error {
	dir, err := os.MkdirTemp("", "scrubline-rules-")
	if err != nil {
		return fmt.Errorf("making a folder for keys: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	keys, err := token.CreateKeyring(filepath.Join(dir, "tokens.json"))
	if err != nil {
		return fmt.Errorf("making keys: %w", err)
	}
	defer keys.Close()
	var sources []string
	for _, t := range tests {
		if !slices.Contains(sources, t.Source) {
			sources = append(sources, t.Source)
		}
	}
	for _, src := range sources {
		in := &testInput{source: src, tests: tests, tokens: token.NewLookup(keys, "tests")}
		if err := in.prepare(); err != nil {
			return err
		}
		r, err := pipeline.New(pipeline.Config{
			Archive: nowhere{}, Sink: in, Quarantine: nowhere{}, Keys: keys, Tenant: "tests", Link: link.Default(),
			Options: ingest.Options{Limits: ingest.DefaultLimits}, Format: src, Workers: 1, Log: g.logger(),
		})
		if err != nil {
			return err
		}
		if err := r.Run(ctx, in, func(ingest.Payload, pipeline.Result) {}); err != nil {
			return err
		}
		for _, run := range in.runs {
			if err := run.finish(); err != nil {
				return err
			}
		}
	}
	return nil
}

// testInput is both ends of a pipeline: a payload a test, and the rule behind it.
type testInput struct {
	backtest
	source   string
	tests    []*ruleTest
	tokens   *token.Lookup
	payloads []ingest.Payload
	runs     map[string]*backtest // by the payload's name
}

// prepare makes what Run emits. Insert runs beside Run, so that what it looks up
// is made before.
func (in *testInput) prepare() error {
	in.runs = map[string]*backtest{}
	for i, t := range in.tests {
		if t.Source != in.source {
			continue
		}
		log, err := t.records()
		if err != nil {
			return err
		}
		lists, err := testLists(t.lists, in.tokens)
		if err != nil {
			return fmt.Errorf("%s: %w", t.file, err)
		}
		service := ""
		if _, named := all.ByFormat(t.Source); !named {
			service = generic.Own // what Scrubline writes of itself is read as nothing else
		}
		name := fmt.Sprintf("test %d", i)
		in.runs[name] = &backtest{run: detect.New(detect.Family(t.rule), lists).NewRun(correlate.Options{}), fired: func(a detect.Alert) {
			if a.Rule == t.rule {
				t.got++
			}
		}}
		in.payloads = append(in.payloads, ingest.Payload{
			Scheme: "t", Identity: name, Origin: ingest.Origin{Name: name, Service: service}, Size: int64(len(log)),
			Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(log)), nil },
			Done: func(error) {},
		})
	}
	return nil
}

// Run implements ingest.Input.
func (in *testInput) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	for _, p := range in.payloads {
		if err := emit(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// Insert implements pipeline.Sink.
func (in *testInput) Insert(ctx context.Context, batches []*event.Batch, doubt bool) error {
	for _, b := range batches {
		if err := in.runs[b.Origin].Insert(ctx, []*event.Batch{b}, doubt); err != nil {
			return err
		}
	}
	return nil
}
