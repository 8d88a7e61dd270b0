package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"golang.org/x/sys/unix"

	"github.com/scrubline/scrubline/store/archive/object/s3"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/engine"
)

type doctorCmd struct {
	JSON bool `help:"One JSON object a line."`
}

// ailment is what doctor has to say of one thing.
type ailment struct {
	Where string `json:"where"`
	s3.Remark
}

// checkup collects what is wrong.
type checkup struct {
	g    *globals
	cfg  config
	said []ailment
}

func (c *checkup) add(where string, r ...s3.Remark) {
	for _, r := range r {
		c.said = append(c.said, ailment{where, r})
	}
}

func (c *checkup) broken(where, about, fix string, err error) {
	c.add(where, s3.Remark{Grade: s3.Broken, About: about, Text: err.Error(), Fix: fix})
}

// Run prints what is wrong and what to change. It changes nothing. Exit code 1 if
// something is broken.
func (d *doctorCmd) Run(ctx context.Context, g *globals) error {
	c := &checkup{g: g}
	var err error
	if c.cfg, err = g.load(); err != nil {
		c.broken("configuration", "file", "scrubline.yaml", err)
	} else {
		c.policy()
		c.folder()
		c.keys()
		c.clickhouse(ctx)
		c.archive(ctx)
		c.copies(ctx)
		c.quarantine(ctx)
		c.inputs(ctx)
		c.identity(ctx)
	}
	return c.print(d.JSON)
}

func (c *checkup) policy() {
	p, err := c.g.readPolicy(&c.cfg)
	if err != nil {
		c.broken("policy", "file", "scrubline config check shows each error with its line", err)
		return
	}
	for _, w := range p.Warnings() {
		c.add("policy", s3.Remark{Grade: s3.Weak, About: "unsafe", Text: w, Fix: "take the unsafe key out"})
	}
}

// least is the free room below which the data folder's disk is too full: a few
// batches, a merge of ClickHouse and the quarantine.
const least = 2 << 30

func (c *checkup) folder() {
	info, err := os.Stat(c.g.Data)
	if errors.Is(err, fs.ErrNotExist) {
		c.add("data folder", s3.Remark{Grade: s3.Note, About: "folder", Text: c.g.Data + " is not there yet: the first command that needs it makes it"})
		return
	}
	if err != nil || !info.IsDir() {
		c.broken("data folder", "folder", "name another one with --data", errors.Join(err, errors.New("it is no folder that can be opened")))
		return
	}
	f, err := os.CreateTemp(c.g.Data, ".doctor-*")
	if err != nil {
		c.broken("data folder", "writable", "let the user that runs Scrubline write to it", err)
	} else {
		_, _ = f.Close(), os.Remove(f.Name())
	}
	var st unix.Statfs_t
	if err := unix.Statfs(c.g.Data, &st); err == nil {
		if free := st.Bavail * uint64(st.Bsize); free < least {
			c.add("data folder", s3.Remark{Grade: s3.Weak, About: "room", Text: fmt.Sprintf("its disk has %d MiB left", free>>20), Fix: "make room, or move the data folder"})
		}
	}
}

// private are the files that nobody else may read.
var private = []string{"tokens.json", "archive.key", "quarantine.key", "api.token"}

func (c *checkup) keys() {
	for _, name := range private {
		path := filepath.Join(c.g.Data, "keys", name)
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = fmt.Errorf("%s can be read by others: its mode is %04o", path, info.Mode().Perm())
		}
		if err != nil {
			c.broken("keys", name, "chmod 600 "+path+", and think of who may have read it", err)
		}
	}
	if _, err := os.Stat(filepath.Join(c.g.Data, "keys", "quarantine.key")); err == nil {
		c.add("keys", s3.Remark{Grade: s3.Note, About: "quarantine.key", Text: "the key that opens the quarantine lies beside it", Fix: "move it off this machine, unless it is needed here"})
	}
}

func (c *checkup) clickhouse(ctx context.Context) {
	where, own, err := c.cfg.server()
	switch {
	case err != nil:
		c.broken("clickhouse", "configuration", "store.clickhouse", err)
	case own:
		s, err := clickhouse.Open(ctx, where)
		if err == nil {
			err = errors.Join(s.Conn().Ping(ctx), s.Close())
		}
		if err != nil {
			c.broken("clickhouse", "server", "store.clickhouse: address, user, password, tls", err)
			return
		}
		c.asker(ctx, where)
	default:
		if _, err := engine.Locate(c.cfg.Store.Engine.Library); err != nil {
			c.broken("clickhouse", "engine", "make engine, or name a server in store.clickhouse", err)
		}
	}
}

func (c *checkup) archive(ctx context.Context) {
	if c.cfg.Archive.Retention.Short {
		c.add("archive", s3.Remark{Grade: s3.Weak, About: "retention", Text: "objects may be kept for less than six years", Fix: "take archive.retention.unsafe_below_six_years out"})
	}
	b, err := c.g.bucket(ctx, &c.cfg)
	switch {
	case err != nil:
		c.broken("archive bucket", "configuration", "archive.s3, aws", err)
	case b != nil:
		c.add("archive bucket", b.Inspect(ctx, c.cfg.Archive.retention().Longest())...)
	default:
		c.add("archive", s3.Remark{Grade: s3.Note, About: "folder", Text: "the archive is a folder: changes to it are found, not prevented", Fix: "archive.s3, a bucket with Object Lock"})
	}
}

// copies looks at the place of the second copy.
func (c *checkup) copies(ctx context.Context) {
	cp := &c.cfg.Archive.Copy
	switch {
	case cp.S3 != nil:
		b, err := cp.S3.store(ctx, c.cfg.AWS, c.cfg.Archive.retention().Longest())
		if err != nil {
			c.broken("copy bucket", "configuration", "archive.copy.s3, aws", err)
			return
		}
		c.add("copy bucket", b.Inspect(ctx, c.cfg.Archive.retention().Longest())...)
	case cp.Folder != "":
		if info, err := os.Stat(cp.Folder); err == nil && !info.IsDir() {
			c.broken("copy", "folder", "name a folder in archive.copy.folder", errors.New("it is no folder"))
		}
	case c.cfg.Archive.S3 != nil && !c.replicated():
		c.add("copy", s3.Remark{Grade: s3.Note, About: "copy", Text: "there is no second copy: an account that is closed takes its buckets along", Fix: "archive.copy, in another account and region"})
	}
}

// replicated says whether S3 itself keeps a second copy.
func (c *checkup) replicated() bool {
	for _, a := range c.said {
		if a.About == "replication" && a.Grade == s3.Note {
			return true
		}
	}
	return false
}

func (c *checkup) print(asJSON bool) error {
	broken := 0
	out := json.NewEncoder(os.Stdout)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, a := range c.said {
		if a.Grade == s3.Broken {
			broken++
		}
		if asJSON {
			if err := out.Encode(a); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", a.Grade, a.Where, a.Text)
		if a.Fix != "" {
			fmt.Fprintf(table, "\t\t→ %s\n", a.Fix)
		}
	}
	if !asJSON {
		if err := table.Flush(); err != nil {
			return err
		}
		fmt.Printf("%d broken, %d remarks\n", broken, len(c.said)-broken)
	}
	if broken > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}
