package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/scrubline/scrubline/detect/list"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/scrub/durable"
	"github.com/scrubline/scrubline/scrub/token"
)

type listsMakeCmd struct {
	Key   []string `required:"" help:"Column whose values are looked up, =KIND if logs hold tokens of them (patient, user): COLUMN or COLUMN=KIND." sep:"none" placeholder:"COLUMN"`
	Hash  []string `help:"Column that is kept as a keyed hash, under the name that rules know: COLUMN=NAME. Values are equal across lists under one name." sep:"none" placeholder:"COLUMN=NAME"`
	Keep  []string `help:"Column that is kept as it is: nothing about a person." sep:"none" placeholder:"COLUMN"`
	From  string   `help:"Column that says from when on a row counts: a day or a time." placeholder:"COLUMN"`
	Until string   `help:"Column that says until when." placeholder:"COLUMN"`
	Name  string   `arg:"" help:"The list: staff, patients, vip, terminated, or one of your own rules'."`
	Table string   `arg:"" name:"table.csv" help:"The table, its first row naming the columns; - for standard input."`
}

// Run writes the list, whole or not at all. Errors name lines and columns, no value.
func (c *listsMakeCmd) Run(g *globals) error {
	if !sigma.IsListName(c.Name) {
		return &exitError{exitUsage, fmt.Errorf("a list's name is of a-z, 0-9 and _")}
	}
	in := io.ReadCloser(os.Stdin)
	if c.Table != "-" {
		var err error
		if in, err = os.Open(c.Table); err != nil {
			return &exitError{exitUsage, fmt.Errorf("opening the table: %w", err)}
		}
		defer func() { _ = in.Close() }()
	}
	cfg, err := g.load()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(g.Data, "keys"), 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	keys, err := openKeys(filepath.Join(g.Data, "keys", "tokens.json"))
	if err != nil {
		return err
	}
	defer keys.Close()
	secret, err := keys.Derive("lists", cfg.Tenant)
	if err != nil {
		return fmt.Errorf("deriving the key of lists: %w", err)
	}
	defer clear(secret)
	dir := filepath.Join(g.Data, listsFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of lists: %w", err)
	}
	rows := 0
	err = durable.Fill(filepath.Join(dir, c.Name+".csv"), 0o600, func(f *os.File) (err error) {
		rows, err = c.write(f, in, secret, token.NewLookup(keys, cfg.Tenant))
		return err
	})
	if err != nil {
		return err
	}
	if _, err := list.Load(dir); err != nil { // what cannot be read again is not done
		return &exitError{exitUsage, err}
	}
	fmt.Fprintf(os.Stderr, "%d rows in list %s\n", rows, c.Name)
	return nil
}

// picked is a column of the table and what it becomes.
type picked struct {
	at   int
	name string // of the list's column, or the kind of a key
}

// write writes the list's rows: one for each key.
func (c *listsMakeCmd) write(out io.Writer, in io.Reader, secret []byte, tokens *token.Lookup) (rows int, err error) {
	r, w := csv.NewReader(in), csv.NewWriter(out)
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return 0, &exitError{exitUsage, errors.New("the table has no first line that names its columns")}
	}
	head = slices.Clone(head)
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	var keys, hashes, keeps []picked
	names := []string{list.Key}
	for _, group := range []struct {
		flags []string
		to    *[]picked
	}{{c.Key, &keys}, {c.Hash, &hashes}, {c.Keep, &keeps}} {
		for _, flag := range group.flags {
			column, name, _ := strings.Cut(flag, "=")
			at := slices.Index(head, column)
			if at < 0 {
				return 0, &exitError{exitUsage, fmt.Errorf("the table has no column %q", column)}
			}
			if group.to == &keys {
				if name != "" && len(tokens.Candidates(name, "x")) == 0 {
					return 0, &exitError{exitUsage, fmt.Errorf("--key %s: %q is no kind of token", flag, name)}
				}
			} else {
				if name == "" {
					name = column
				}
				if names = append(names, name); !sigma.IsListName(name) {
					return 0, &exitError{exitUsage, fmt.Errorf("%s: a column's name is of a-z, 0-9 and _: write COLUMN=NAME", flag)}
				}
			}
			*group.to = append(*group.to, picked{at, name})
		}
	}
	times := [2]int{-1, -1}
	for i, column := range []string{c.From, c.Until} {
		if column == "" {
			continue
		}
		if times[i] = slices.Index(head, column); times[i] < 0 {
			return 0, &exitError{exitUsage, fmt.Errorf("the table has no column %q", column)}
		}
	}
	if err := w.Write(append(names, list.From, list.Until)); err != nil {
		return 0, fmt.Errorf("writing a list: %w", err)
	}
	for line := 2; ; line++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			w.Flush()
			return rows, w.Error()
		}
		if err != nil {
			return rows, &exitError{exitUsage, fmt.Errorf("line %d is no line of a CSV file with %d columns", line, len(head))}
		}
		var rest []string
		for _, h := range hashes {
			rest = append(rest, list.Hash(secret, h.name, row[h.at]))
		}
		for _, k := range keeps {
			rest = append(rest, row[k.at])
		}
		for i, at := range times {
			text := ""
			if at >= 0 {
				text = strings.TrimSpace(row[at])
			}
			if _, ok := list.Moment(text); text != "" && !ok {
				return rows, &exitError{exitUsage, fmt.Errorf("line %d: column %s holds no time: write 2006-01-02", line, []string{c.From, c.Until}[i])}
			}
			if c.From != "" && i == 0 && text == "" {
				rest = nil // without its beginning the row never counts
				break
			}
			rest = append(rest, text)
		}
		if rest == nil {
			continue
		}
		for _, k := range keys {
			for _, key := range candidates(tokens, k.name, strings.TrimSpace(row[k.at])) {
				rows++
				if err := w.Write(append([]string{key}, rest...)); err != nil {
					return rows, fmt.Errorf("writing a list: %w", err)
				}
			}
		}
	}
}

// candidates are the texts that a value may have in scrubbed logs: itself, or tokens
// of a kind.
func candidates(tokens *token.Lookup, kind, value string) []string {
	switch {
	case value == "":
		return nil
	case kind == "":
		return []string{value}
	}
	return tokens.Candidates(kind, value)
}
