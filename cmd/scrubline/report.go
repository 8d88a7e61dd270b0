package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/reports"
	"github.com/scrubline/scrubline/scrub/durable"
	"github.com/scrubline/scrubline/scrub/token"
	"github.com/scrubline/scrubline/store/archive"
)

type reportCmd struct {
	List   reportList   `cmd:"" help:"List the reports, and the lists they take besides the logs."`
	Run    reportRun    `cmd:"" help:"Make one report, for example 'R13 --from 2026-03-02 --to 2026-03-08 --format pdf'."`
	Pack   reportPack   `cmd:"" help:"Make the evidence pack: all reports in all formats, the control crosswalk, signed."`
	Verify reportVerify `cmd:"" help:"Check an evidence pack offline; exit 0 good, 1 tampered, 2 cannot tell."`
}

type reportList struct {
	JSON bool `help:"One JSON object a line, with columns and checks."`
}

func (c *reportList) Run() error {
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		for _, d := range reports.All() {
			if err := out.Encode(reports.Describe(d)); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, d := range reports.All() {
		needs := strings.Join(d.Needs, ", ")
		if d.Subject != reports.Nobody {
			needs = string(d.Subject)
		}
		if needs != "" {
			needs = "needs --" + needs
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", d.ID, d.Title, needs)
	}
	fmt.Fprintln(w, "R26\tControl crosswalk\tin packs only")
	for _, a := range reports.NotMade() {
		fmt.Fprintf(w, "%s\t%s\tnot made: %s\n", a.ID, a.Title, a.Why)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Println("\nLists they take besides the logs, as CSV files with these columns (in brackets: may be left out):")
	for _, k := range reports.Inputs() {
		var names []string
		for _, col := range k.Columns {
			if col.Required {
				names = append(names, col.Name)
			} else {
				names = append(names, "["+col.Name+"]")
			}
		}
		fmt.Printf("  --%s FILE: %s\n      %s\n", k.Name, k.About, strings.Join(names, ","))
	}
	return nil
}

// reportAsk is what run and pack have in common.
type reportAsk struct {
	From        string `help:"First day, or instant, of the period." required:"" placeholder:"TIME"`
	To          string `help:"Last day of the period, or the instant after its end." required:"" placeholder:"TIME"`
	TZ          string `help:"Time zone of days and times." default:"UTC" placeholder:"ZONE"`
	By          string `help:"Who asks (default: the login name)." placeholder:"NAME"`
	Reason      string `help:"Why, or a ticket." placeholder:"TEXT"`
	Patient     string `help:"Number or token of the patient that R1 is about." placeholder:"NUMBER"`
	User        string `help:"Account that R2 is about." placeholder:"NAME"`
	HR          string `help:"CSV file of people." name:"hr" placeholder:"FILE"`
	EHR         string `help:"CSV file of care relations." name:"ehr" placeholder:"FILE"`
	Reviews     string `help:"CSV file of reviews that were done." placeholder:"FILE"`
	Disclosures string `help:"CSV file of recorded disclosures." placeholder:"FILE"`
	Systems     string `help:"CSV file of systems with ePHI." placeholder:"FILE"`
	Quick       bool   `help:"Do not read the archive's objects again; the reports say so."`
}

// open reads what was asked for and starts it. The caller calls done.
func (c *reportAsk) open(ctx context.Context, g *globals, action string, ids []string) (n *node, se *reports.Session, done func(), err error) {
	zone, err := time.LoadLocation(c.TZ)
	if err != nil {
		return nil, nil, nil, &exitError{exitUsage, errors.New("--tz: this is no time zone this machine knows; write America/New_York, or UTC")}
	}
	from, until, err := query.ParseRange(c.From, c.To, time.Now(), zone)
	if err != nil {
		return nil, nil, nil, &exitError{exitUsage, err}
	}
	if n, err = g.openNode(ctx); err != nil {
		return nil, nil, nil, err
	}
	opened, release := n, func() {} // n is nil when open fails
	close := func() {
		release()
		_ = opened.close()
	}
	defer func() {
		if err != nil {
			close()
		}
	}()
	tokens := token.NewLookup(n.keys, n.cfg.Tenant)
	req := reports.Request{From: from, Until: until, Zone: zone, By: c.By, Reason: c.Reason, Action: action, Reports: ids, Patient: c.Patient, User: c.User, Inputs: map[string]*reports.Input{}}
	if req.By == "" {
		if u, err := user.Current(); err == nil {
			req.By = u.Username
		}
	}
	for name, path := range map[string]string{"hr": c.HR, "ehr": c.EHR, "reviews": c.Reviews, "disclosures": c.Disclosures, "systems": c.Systems} {
		if path == "" {
			continue
		}
		if req.Inputs[name], err = readInput(name, path, tokens, zone); err != nil {
			return nil, nil, nil, err
		}
	}
	s, archived, err := n.reporter(ctx, !c.Quick)
	if err != nil {
		return nil, nil, nil, err
	}
	release = archived
	if se, err = s.Open(ctx, req); err != nil {
		return nil, nil, nil, err
	}
	return n, se, close, nil
}

// asked is what was asked for, as the audit log has it.
func (c *reportAsk) asked(n *node, what string) string {
	return what + " " + query.ShapeSubjects(n.shapes(), query.Subject{Patient: c.Patient}, query.Subject{Actor: c.User})
}

func readInput(name, path string, tokens query.Tokens, zone *time.Location) (*reports.Input, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the list of --%s: %w", name, err)
	}
	defer f.Close()
	in, err := reports.ReadInput(name, f, tokens, zone)
	if _, wrong := errors.AsType[*reports.InputError](err); wrong {
		return nil, &exitError{exitUsage, err}
	}
	return in, err
}

// placed writes a report to a file that appears whole, or to standard output.
func placed(path string, write func(io.Writer) error) error {
	if path == "" || path == "-" {
		return write(os.Stdout)
	}
	return durable.Fill(path, 0o600, func(f *os.File) error { return write(f) })
}

// What report commands put on record stays in the spool for the next command or run:
// carrying it would move the checkpoint that the next pack rests on.

type reportRun struct {
	ID     string `arg:"" help:"Number or name of the report: scrubline report list."`
	Format string `short:"f" help:"csv, ndjson, xlsx or pdf." default:"csv" enum:"csv,ndjson,xlsx,pdf"`
	Out    string `short:"o" help:"File (default: standard output)." placeholder:"FILE"`
	reportAsk
}

func (c *reportRun) Run(ctx context.Context, g *globals) error {
	d := reports.ByID(c.ID)
	if d == nil {
		return &exitError{exitUsage, errors.New("there is no such report: scrubline report list names them")}
	}
	if c.Out == "" && (c.Format == "pdf" || c.Format == "xlsx") && terminal(os.Stdout) {
		return &exitError{exitUsage, errors.New("this format is no text: name a file with --out")}
	}
	n, se, release, err := c.open(ctx, g, "report", []string{d.ID})
	if err != nil {
		return err
	}
	defer release()
	return done(n.trail, audit.Report, "report-run", c.asked(n, "report "+d.ID), c.Reason, func() (rows int, more bool, err error) {
		return rows, false, placed(c.Out, func(w io.Writer) error {
			r, err := se.Run(ctx, d, c.Format, w)
			if err == nil && r.NotRun != "" {
				return &exitError{exitUsage, fmt.Errorf("%s was not made: %s", d.ID, r.NotRun)}
			}
			if err == nil {
				rows = int(r.Rows)
			}
			return err
		})
	})
}

type reportPack struct {
	Out string `short:"o" help:"File to write." required:"" placeholder:"FILE.zip"`
	reportAsk
}

func (c *reportPack) Run(ctx context.Context, g *globals) error {
	n, se, release, err := c.open(ctx, g, "pack", []string{"all"})
	if err != nil {
		return err
	}
	defer release()
	return done(n.trail, audit.Pack, "report-pack", c.asked(n, "evidence pack"), c.Reason, func() (rows int, more bool, err error) {
		var m *reports.Manifest
		if err := placed(c.Out, func(w io.Writer) (err error) {
			m, err = se.Pack(ctx, w)
			return err
		}); err != nil {
			return 0, false, err
		}
		for _, r := range m.Reports {
			rows += int(r.Rows)
		}
		printPack(os.Stdout, m)
		return rows, false, nil
	})
}

// printPack sums up what a pack shows.
func printPack(w io.Writer, m *reports.Manifest) {
	made, rows := 0, uint64(0)
	for _, r := range m.Reports {
		if r.NotRun == "" {
			made, rows = made+1, rows+r.Rows
		}
	}
	fmt.Fprintf(w, "%d reports, %d rows, %d files; data up to %s\n", made, rows, len(m.Files), m.Watermark.Format(time.RFC3339))
	count := map[reports.State]int{}
	for _, r := range m.Crosswalk {
		count[r.State]++
	}
	fmt.Fprintf(w, "%d requirements: %d met, %d partial, %d not met, %d not tested, %d not automatable\n",
		len(m.Crosswalk), count[reports.Met], count[reports.Partial], count[reports.NotMet], count[reports.NotTested], count[reports.NotAutomatable])
	for _, r := range m.Reports {
		if r.NotRun != "" {
			fmt.Fprintf(w, "%s was not made: %s\n", r.ID, r.NotRun)
		}
	}
	for _, gap := range m.Gaps {
		fmt.Fprintln(w, "gap:", gap)
	}
}

type reportVerify struct {
	File string `arg:"" help:"The pack." placeholder:"FILE.zip"`
	Key  string `help:"Public key (default: keys/archive.pub in the data folder)." placeholder:"FILE"`
}

func (c *reportVerify) Run(g *globals) error {
	path, given := c.Key, c.Key != ""
	if !given {
		path = filepath.Join(g.Data, archive.PubFile)
	}
	key, err := os.ReadFile(path)
	if err != nil && (given || !errors.Is(err, fs.ErrNotExist)) {
		return &exitError{exitUnknown, fmt.Errorf("reading the archive's public key: %w", err)}
	}
	f, err := os.Open(c.File)
	if err != nil {
		return &exitError{exitUnknown, fmt.Errorf("opening the pack: %w", err)}
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return &exitError{exitUnknown, fmt.Errorf("opening the pack: %w", err)}
	}
	v := reports.Verify(f, st.Size(), string(key))
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(v); err != nil {
		return err
	}
	if code := v.ExitCode(); code != 0 {
		return &exitError{code: code}
	}
	return nil
}
