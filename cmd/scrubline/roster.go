package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/scrubline/scrubline/scrub/roster"
	"github.com/scrubline/scrubline/scrub/token"
)

type rosterCmd struct {
	Build  rosterBuildCmd  `cmd:"" help:"Make the roster of your own patients from a table (CSV)."`
	Check  rosterCheckCmd  `cmd:"" help:"Say what the roster holds, and that it can be read."`
	Lookup rosterLookupCmd `cmd:"" help:"Say whether the roster knows the value on standard input: exit code 0 if so, else 1."`
}

type rosterBuildCmd struct {
	Out    string   `help:"File to write (default: roster.bin in the data folder, which scrubbing uses)." placeholder:"FILE"`
	Column []string `help:"What a column holds: NAME=KIND. Kinds: first_name, last_name, middle, full_name, mrn, member_id, account, ssn, patient_id, phone, email, address, birth_date, none." sep:"none" placeholder:"NAME=KIND"`
	Quiet  bool     `short:"q" help:"No progress on stderr."`
	Table  string   `arg:"" name:"patients.csv" help:"The table, its first row naming the columns; - for standard input."`
}

// rosterKey is the data folder's, that rosters are made under.
func (g *globals) rosterKey() ([]byte, error) {
	cfg, err := g.load()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(g.Data, "keys"), 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	keys, err := openKeys(filepath.Join(g.Data, "keys", "tokens.json"))
	if err != nil {
		return nil, err
	}
	defer keys.Close()
	return deriveRosterKey(keys, cfg.Tenant)
}

func deriveRosterKey(keys *token.Keyring, tenant string) ([]byte, error) {
	key, err := keys.Derive("roster", tenant)
	if err != nil {
		return nil, fmt.Errorf("deriving the roster's key: %w", err)
	}
	return key, nil
}

// followRoster follows the data folder's roster, whether there is one or not.
func (n *node) followRoster() (*roster.Follower, error) {
	key, err := deriveRosterKey(n.keys, n.cfg.Tenant)
	if err != nil {
		return nil, err
	}
	return roster.Follow(n.path(roster.FileName), key)
}

// openRosterIfThere opens the data folder's roster; nil if there is none.
func openRosterIfThere(dir string, keys *token.Keyring, tenant string) (*roster.Roster, error) {
	key, err := deriveRosterKey(keys, tenant)
	if err != nil {
		return nil, err
	}
	r, err := roster.Open(filepath.Join(dir, roster.FileName), key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return r, err
}

// columns reads the --column flags.
func (c *rosterBuildCmd) columns() (roster.Columns, error) {
	m := roster.Columns{}
	for _, s := range c.Column {
		i := strings.LastIndexByte(s, '=')
		k, ok := roster.KindByName(s[i+1:])
		if i < 1 || !ok {
			return nil, &exitError{exitUsage, fmt.Errorf("--column %s: want NAME=KIND, where KIND is one of %s", s, strings.Join(roster.KindNames(), ", "))}
		}
		m[s[:i]] = k
	}
	return m, nil
}

func (c *rosterBuildCmd) Run(ctx context.Context, g *globals) error {
	columns, err := c.columns()
	if err != nil {
		return err
	}
	in := io.ReadCloser(os.Stdin)
	if c.Table != "-" {
		if in, err = os.Open(c.Table); err != nil {
			return &exitError{exitUsage, fmt.Errorf("opening the table of patients: %w", err)}
		}
		defer func() { _ = in.Close() }()
	}
	key, err := g.rosterKey()
	if err != nil {
		return err
	}
	defer clear(key)
	out := c.Out
	if out == "" {
		out = filepath.Join(g.Data, roster.FileName)
	}
	b, err := roster.NewBuilder(filepath.Dir(out), key)
	if err != nil {
		return err
	}
	defer b.Close()
	begun := time.Now()
	var progress func(uint64)
	if !c.Quiet && terminal(os.Stderr) {
		progress = func(rows uint64) { fmt.Fprintf(os.Stderr, "\r%d patients", rows) }
	}
	if err := b.Read(ctx, in, columns, progress); err != nil {
		return err
	}
	if err := b.Write(out); err != nil {
		return err
	}
	r, err := roster.Open(out, key) // what cannot be read again is not done
	if err != nil {
		return err
	}
	if progress != nil {
		fmt.Fprint(os.Stderr, "\r")
	}
	i := r.Info()
	fmt.Fprintf(os.Stderr, "%d patients in %s, %.1f MiB of memory, made in %v\n", i.Patients, out, float64(i.Bytes)/(1<<20), time.Since(begun).Round(time.Millisecond))
	return warn(os.Stderr, i)
}

type rosterCheckCmd struct {
	Output string `short:"o" help:"text or json." default:"text" enum:"text,json"`
	Path   string `arg:"" optional:"" name:"file" help:"The roster (default: roster.bin in the data folder)."`
}

func (g *globals) openRoster(path string) (*roster.Roster, string, error) {
	if path == "" {
		path = filepath.Join(g.Data, roster.FileName)
	}
	key, err := g.rosterKey()
	if err != nil {
		return nil, path, err
	}
	r, err := roster.Open(path, key)
	if errors.Is(err, roster.ErrKey) {
		err = fmt.Errorf("%w; was it made with --data %s?", err, g.Data)
	}
	return r, path, err
}

func (c *rosterCheckCmd) Run(g *globals) error {
	r, path, err := g.openRoster(c.Path)
	if err != nil {
		return err
	}
	return describe(os.Stdout, r.Info(), path, c.Output == "json", time.Now())
}

type rosterLookupCmd struct {
	Path string `arg:"" optional:"" name:"file" help:"The roster (default: roster.bin in the data folder)."`
}

// lookupMax is the longest value that lookup takes.
const lookupMax = 4 << 10

func (c *rosterLookupCmd) Run(g *globals) error {
	r, _, err := g.openRoster(c.Path)
	if err != nil {
		return err
	}
	value, err := io.ReadAll(io.LimitReader(os.Stdin, lookupMax+1))
	if err != nil {
		return fmt.Errorf("reading the value: %w", err)
	}
	if len(value) > lookupMax {
		return &exitError{exitUsage, errors.New("the value is longer than 4 KiB")}
	}
	kinds := r.Lookup(value)
	clear(value)
	if len(kinds) == 0 {
		fmt.Println("no")
		return &exitError{code: exitFailed}
	}
	fmt.Print("yes")
	for _, k := range kinds {
		fmt.Print(" ", k)
	}
	fmt.Println()
	return nil
}
