package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/goccy/go-yaml"

	"github.com/scrubline/scrubline/detect"
	"github.com/scrubline/scrubline/detect/sigma"
)

type rulesCmd struct {
	Lint         rulesLintCmd         `cmd:"" help:"Read rules and say what is wrong with them; exit 1 if one cannot be used."`
	List         rulesListCmd         `cmd:"" help:"List the rules that can be used."`
	Test         rulesTestCmd         `cmd:"" help:"Run the tests beside rules (RULE.test.yaml)."`
	Backtest     rulesBacktestCmd     `cmd:"" help:"Run rules over log files, through the scrubber; one JSON object a match."`
	Noise        rulesNoiseCmd        `cmd:"" help:"Say which rules raised how many alerts."`
	Runs         rulesRunsCmd         `cmd:"" help:"List the windows that correlations and schedules were run over, the newest first."`
	Schedule     rulesScheduleCmd     `cmd:"" help:"Run the windows that are due by schedule now, as run does by itself, and list them."`
	Suppressions rulesSuppressionsCmd `cmd:"" help:"List what keeps alerts quiet: who, why, how long."`
	SQL          rulesSQLCmd          `cmd:"" name:"sql" help:"Print a rule as a ClickHouse condition over stored rows."`
}

// ruleFiles says which rules a command reads.
type ruleFiles struct {
	Rules        []string `help:"Folder or file of Sigma rules; may be given more than once. Default: the rules that come with scrubline." placeholder:"PATH" sep:"none"`
	Placeholders string   `help:"YAML file with the values of placeholders: a list for each name." placeholder:"FILE"`

	own bool // those that come with scrubline too
}

// load reads the rules.
func (f *ruleFiles) load() (*sigma.Set, error) {
	l := detect.NewLoader()
	if f.Placeholders != "" {
		b, err := os.ReadFile(f.Placeholders)
		if err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("reading placeholders: %w", err)}
		}
		var p sigma.Placeholders
		if err := yaml.Unmarshal(b, &p); err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("%s: placeholders must be a map of lists", f.Placeholders)}
		}
		l.Placeholders = p
	}
	if len(f.Rules) == 0 || f.own {
		if err := detect.LoadOwn(l); err != nil {
			return nil, err
		}
	}
	for _, path := range f.Rules {
		if err := loadPath(l, path); err != nil {
			return nil, &exitError{exitUsage, err}
		}
	}
	set := l.Finish()
	if len(set.Rules) == 0 && len(set.Problems) == 0 {
		return nil, &exitError{exitUsage, errors.New("no rule files (*.yml, *.yaml) there")}
	}
	return set, nil
}

func loadPath(l *sigma.Loader, path string) error {
	st, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("reading rules: %w", err)
	}
	if st.IsDir() {
		return l.Dir(os.DirFS(path), filepath.ToSlash(filepath.Clean(path)))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading rules: %w", err)
	}
	l.File(filepath.ToSlash(path), b)
	return nil
}

// complain prints problems to standard error.
func complain(w io.Writer, problems []sigma.Problem) {
	for _, p := range problems {
		_, _ = fmt.Fprintln(w, p)
	}
}

type rulesLintCmd struct {
	ruleFiles
	Paths  []string `arg:"" optional:"" name:"path" help:"More folders or files."`
	JSON   bool     `help:"One JSON object a problem."`
	Stored bool     `help:"Measure over stored events, too, how many groups the keys of rules make; keys that are nearly unique are refused."`
	Since  string   `help:"With --stored: from when on, a time or how long ago (24h, 30d)." default:"30d" placeholder:"T"`
}

func (c *rulesLintCmd) Run(ctx context.Context, g *globals) error {
	c.Rules = append(c.Rules, c.Paths...)
	set, err := c.load()
	if err != nil {
		return err
	}
	problems := detect.Lint(set)
	refused := set.Refused()
	if c.Stored {
		keys, err := c.stored(ctx, g, set.Rules)
		if err != nil {
			return err
		}
		problems, refused = append(problems, keys...), refused+len(keys)
	}
	if c.JSON {
		enc := json.NewEncoder(os.Stdout)
		for _, p := range problems {
			_ = enc.Encode(map[string]any{
				"severity": p.Severity.String(), "file": p.File, "line": p.Line, "rule": p.Rule, "reason": p.Reason,
			})
		}
	} else {
		complain(os.Stdout, problems)
	}
	fmt.Fprintf(os.Stderr, "%d rules, %d refused, %d warnings\n", len(set.Rules), refused, len(problems)-refused)
	lists, err := loadLists(g.Data)
	if err != nil {
		return err
	}
	if names := missing(set.Rules, lists); len(names) > 0 {
		fmt.Fprintf(os.Stderr, "rules wait for lists that are not there: %s (scrubline lists status)\n", strings.Join(names, ", "))
	}
	if refused > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

type rulesListCmd struct {
	ruleFiles
	JSON bool `help:"One JSON object a rule."`
}

func (c *rulesListCmd) Run() error {
	set, err := c.load()
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(os.Stdout)
		for _, r := range set.Rules {
			_ = enc.Encode(map[string]any{
				"id": r.Key(), "title": r.Title, "level": r.Level, "status": r.Status, "file": r.File, "tags": r.Tags,
				"sources": detect.Sources(r), "correlation": r.Correlation != nil, "alerts": !r.Silent,
			})
		}
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	for _, r := range set.Rules {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Key(), r.Level, r.Title, strings.Join(detect.Sources(r), ","))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	complain(os.Stderr, set.Problems)
	return nil
}
