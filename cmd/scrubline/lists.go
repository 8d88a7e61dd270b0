package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/scrubline/scrubline/detect/list"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/scrub/token"
)

// listsFolder is where lists are, in the data folder.
const listsFolder = "lists"

type listsCmd struct {
	Make   listsMakeCmd   `cmd:"" help:"Make a list that rules look values up in, from a table (CSV); names and addresses are kept as keyed hashes."`
	Status listsStatusCmd `cmd:"" help:"Say which lists there are, and which rules wait for one."`
}

// loadLists reads the lists of a data folder.
func loadLists(dir string) (list.Set, error) {
	s, err := list.Load(filepath.Join(dir, listsFolder))
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return s, nil
}

// missing names the lists that rules look values up in and that are not there: these
// rules cannot fire.
func missing(rules []*sigma.Rule, lists list.Set) []string {
	names := map[string]bool{}
	for _, r := range rules {
		for name := range r.Lookups {
			if lists[name] == nil {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

type listsStatusCmd struct{}

// Run prints a line for each list that there is or that a rule asks for.
func (*listsStatusCmd) Run(g *globals) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	files := cfg.Detect.files(g.Data)
	set, err := files.load()
	if err != nil {
		return err
	}
	lists, err := loadLists(g.Data)
	if err != nil {
		return err
	}
	rules := map[string][]string{}
	for name := range lists {
		rules[name] = nil
	}
	for _, r := range set.Rules {
		for name := range r.Lookups {
			rules[name] = append(rules[name], r.Title)
		}
	}
	tab := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tab, "LIST\tROWS\tRULES")
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		rows := "none: its rules wait"
		if lists[name] != nil {
			rows = fmt.Sprint(lists[name].Len())
		}
		_, _ = fmt.Fprintf(tab, "%s\t%s\t%s\n", name, rows, strings.Join(rules[name], "; "))
	}
	return tab.Flush()
}

// testLists makes the lists of a rule's tests.
func testLists(lists map[string][]map[string]string, tokens *token.Lookup) (list.Set, error) {
	out := list.Set{}
	for name, rows := range lists {
		var columns []string
		for _, row := range rows {
			for column := range row {
				if !slices.Contains(columns, column) {
					columns = append(columns, column)
				}
			}
		}
		slices.Sort(columns)
		out[name] = list.New(columns)
		for _, row := range rows {
			r := list.Row{Until: math.MaxInt64}
			for _, c := range columns {
				r.Values = append(r.Values, row[c])
			}
			for column, at := range map[string]*int64{list.From: &r.From, list.Until: &r.Until} {
				if row[column] == "" {
					continue
				}
				t, ok := list.Moment(row[column])
				if !ok {
					return nil, fmt.Errorf("list %s: %s is no time", name, column)
				}
				*at = t.UnixMilli()
			}
			for _, key := range append(candidates(tokens, "patient", row["patient"]), candidates(tokens, "", row[list.Key])...) {
				out[name].Add(key, r)
			}
		}
	}
	return out, nil
}
