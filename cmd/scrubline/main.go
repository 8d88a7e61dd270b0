// Command scrubline takes audit logs in, removes patient data from them, keeps
// what is left in a write-once archive and in ClickHouse, and answers who
// accessed what.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/scrubline/scrubline/store/engine"
)

// Exit codes. README lists them for users.
const (
	exitOK      = 0
	exitFailed  = 1 // the command did not do its job
	exitUsage   = 2 // the command line or the configuration is wrong
	exitUnknown = 2 // archive verify cannot tell
	exitPartly  = 3 // done, but some input could not be read to its end
)

type cli struct {
	Global  globals    `embed:""`
	Demo    demoCmd    `cmd:"" help:"Make a week of a fictional hospital's logs, ingest it, and open the page."`
	Run     runCmd     `cmd:"" help:"Take in what the configuration names, and serve the API and the page."`
	Ingest  ingestCmd  `cmd:"" help:"Ingest files, folders, globs, - for standard input, or s3://bucket/prefix."`
	Redrive redriveCmd `cmd:"" help:"Move the messages of dead-letter queues back to the queues of inputs.s3."`
	Scrub   scrubCmd   `cmd:"" help:"Filter: bytes in, scrubbed bytes of the same format out."`
	Eval    evalGroup  `cmd:"" help:"Measure the scrubber on your own annotated records: leaks per class, precision, tokens lost."`
	Canary  canaryCmd  `cmd:"" help:"Plant fictional patients among what comes in, and look for them in what was stored."`
	Query   queryCmd   `cmd:"" help:"Ask who did what, for example 'actor:alice action:GetObject since:24h'."`
	Rules   rulesCmd   `cmd:"" help:"Lint, list, test and backtest Sigma rules."`
	Alerts  alertsCmd  `cmd:"" help:"List, show, acknowledge and close alerts."`
	Report  reportCmd  `cmd:"" help:"Reports for auditors, and the signed evidence pack."`
	Drill   drillCmd   `cmd:"" help:"Inject marked test events and say how long each stage took."`
	Roster  rosterCmd  `cmd:"" help:"Your own patients: make, check and ask the list that scrubbing consults."`
	Lists   listsCmd   `cmd:"" help:"Lists that rules look values up in: staff, families, VIPs."`
	Archive archiveCmd `cmd:"" help:"Verify, digest, list and replay the archive."`
	Config  configCmd  `cmd:"" help:"Check and explain the configuration and the policy."`
	Doctor  doctorCmd  `cmd:"" help:"Say what is wrong with the data folder, the keys, ClickHouse, the archive's bucket and the inputs, and what to change."`
	Ledger  ledgerCmd  `cmd:"" help:"Say of each payload what became of its records: all are events, headers or tombstones."`
	Token   tokenCmd   `cmd:"" help:"Make, list and revoke service tokens of the API."`
	Engine  engineCmd  `cmd:"" help:"Run the embedded ClickHouse alone (other commands start it by themselves)."`
	Witness witnessCmd `cmd:"" help:"Watch archives from elsewhere and sign checkpoints that continue what was seen."`
	Reveal  revealCmd  `cmd:"" help:"See a quarantined record when another person agrees, over the API of a server that runs."`
	Version versionCmd `cmd:"" help:"Print the version."`

	Quarantine quarantineCmd `cmd:"" help:"List quarantined records, and decrypt one with a reason that is noted."`
}

// exitError carries an exit code; its message was printed already if empty.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) > 1 && args[0] == "engine" && args[1] == "child" {
		return engine.RunChild(args[2:])
	}
	limitMemory()
	var c cli
	code := -1
	parser, err := kong.New(&c, kong.Name("scrubline"), kong.UsageOnError(),
		kong.Description("Audit logs in, patient data out: scrubbed events in ClickHouse and a write-once archive."),
		kong.Exit(func(n int) { code = n }))
	if err != nil {
		fmt.Fprintln(os.Stderr, "scrubline:", err)
		return exitUsage
	}
	kctx, err := parser.Parse(args)
	if code >= 0 { // help was printed
		return code
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scrubline:", err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	kctx.BindTo(ctx, (*context.Context)(nil))
	err = kctx.Run(&c.Global)
	var ee *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &ee):
		if m := ee.Error(); m != "" {
			fmt.Fprintln(os.Stderr, "scrubline:", m)
		}
		return ee.code
	}
	fmt.Fprintln(os.Stderr, "scrubline:", err)
	return exitFailed
}
