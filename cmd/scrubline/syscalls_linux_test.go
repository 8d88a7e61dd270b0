package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/store/engine"
)

// writer is a command that writes files, below a folder that is a copy of the template.
type writer struct {
	name string
	args []string
	// out is a file that is as without a fault when the command says that it is done;
	// "" if what counts is the data folder.
	out string
	// check is a command that finds the result good.
	check []string
}

var writers = []writer{
	{name: "scrub", args: []string{"scrub", "--data", "data", "--format", "app", "--in", "app.log", "--out", "out.log", "--matches", "out.jsonl"}, out: "out.log"},
	{name: "scrub, its matches", args: []string{"scrub", "--data", "data", "--format", "app", "--in", "app.log", "--out", "out.log", "--matches", "out.jsonl"}, out: "out.jsonl"},
	{name: "backtest", args: []string{"rules", "backtest", "--input", "trail.json", "--matches", "matches.jsonl"}, out: "matches.jsonl"},
	{name: "roster", args: []string{"roster", "build", "--data", "data", "-q", "patients.csv"}, check: []string{"roster", "check", "--data", "data"}},
	{name: "prove", args: []string{"archive", "prove", "--data", "data", "-o", "proof.json", "EVENT"}, check: []string{"archive", "check-proof", "--data", "data", "proof.json"}},
	{name: "rotate-key", args: []string{"archive", "rotate-key", "--data", "data"}, check: verified},
	{name: "seal", args: []string{"archive", "seal", "--data", "data"}, check: verified},
	{name: "copy", args: []string{"archive", "copy", "--data", "data", "--config", "scrubline.yaml"}, check: []string{"archive", "verify", "--archive", "copy", "--key", "data/keys/archive.pub"}},
	{name: "token", args: []string{"token", "create", "--data", "data", "--name", "siem", "--role", "analyst", "--days", "30"}, check: []string{"token", "list", "--data", "data"}},
	{name: "quarantine show", args: []string{"quarantine", "show", "--data", "data", "--reason", "a test", "ENTRY"}, check: verified},
	{name: "ingest", args: []string{"ingest", "--data", "data", "--config", "scrubline.yaml", "app.log", "trail.json", "flows.log"}, check: verified},
	{name: "replay", args: []string{"quarantine", "replay", "--data", "data", "--config", "scrubline.yaml", "--reason", "a test"}, check: verified},
	{name: "hold", args: []string{"archive", "hold", "place", "--data", "data", "--config", "scrubline.yaml", "--matter", "no 1", "source:app since:2020-01-01"}, check: verified},
	{name: "report", args: []string{"report", "run", "R13", "--data", "data", "--config", "scrubline.yaml", "--from", "2026-03-02", "--to", "2026-03-08", "--format", "pdf", "--out", "r13.pdf"}},
	{name: "pack", args: []string{"report", "pack", "--data", "data", "--config", "scrubline.yaml", "--from", "2026-03-02", "--to", "2026-03-03", "--quick", "--out", "pack.zip"}, check: []string{"report", "verify", "--data", "data", "pack.zip"}},
}

var verified = []string{"archive", "verify", "--data", "data"}

// changing are the system calls that change files. Sockets and the runtime's own pipes
// are written to with write(2), too: a process may die of that, as of a signal.
const changing = "write,pwrite64,fsync,linkat,renameat,mkdirat,unlinkat,fchmod,ftruncate"

// TestSystemCallsThatFail: at the first, the second … call that changes a file, each
// command that writes files is killed, or told that the disk is full or broken. Either
// the command says that it failed, or what it wrote is whole; and run again it ends
// well, with what an undisturbed one leaves. SCRUBLINE_SYSCALLS says how many calls of
// each kind (make integration: 3).
func TestSystemCallsThatFail(t *testing.T) {
	most, _ := strconv.Atoi(os.Getenv("SCRUBLINE_SYSCALLS"))
	if most == 0 {
		t.Skip("takes an hour: make integration has it")
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("needs strace")
	}
	if out, err := exec.Command(strace, "-f", "-o", os.DevNull, "/bin/true").CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %s", out)
	}
	template := newTemplate(t)
	died, told, done := 0, 0, 0
	for _, w := range writers {
		t.Run(w.name, func(t *testing.T) {
			var want []byte
			calm := template.copy(t)
			calm.run(t, w.args)
			if w.out != "" {
				want = calm.read(t, w.out)
			}
			for call := range strings.SplitSeq(changing, ",") {
				for _, fault := range []string{"signal=KILL", "error=ENOSPC", "error=EIO"} {
					for when := 1; when <= most; when++ {
						inject := fmt.Sprintf("%s:%s:when=%d", call, fault, when)
						d := template.copy(t)
						code, said := d.struck(t, strace, inject, w.args)
						switch {
						case code < 0:
							died++
						case code > 0:
							// Its word may be the very write that fails.
							if told++; call != "write" && len(bytes.TrimSpace(said)) == 0 {
								t.Errorf("%s: it failed and says nothing", inject)
							}
						default:
							done++
							if w.out != "" && !bytes.Equal(d.read(t, w.out), want) {
								t.Errorf("%s: it says that it is done and %s is not whole", inject, w.out)
							}
							d.checked(t, inject, w.check)
						}
						d.run(t, w.args)
						if w.out != "" && !bytes.Equal(d.read(t, w.out), want) {
							t.Errorf("%s: run again, %s is another", inject, w.out)
						}
						d.checked(t, inject+", run again", w.check)
						if err := os.RemoveAll(d.dir); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		})
	}
	t.Logf("%d died, %d said so, %d were not hurt", died, told, done)
}

// place is a folder in which commands run.
type place struct {
	dir          string
	entry, event string // of the template's quarantine and archive
	databases    func(t testing.TB) (config string)
}

// newTemplate makes a folder whose data folder holds an archive with a tombstone.
func newTemplate(t *testing.T) *place {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{Dir: t.TempDir(), Library: library(t), MemoryBytes: 1 << 30, Log: zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel), DatabasePrefix: "test_"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	system, err := clickhouse.Open(e.On("system").Options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = system.Close() })
	n := 0
	password := filepath.Join(t.TempDir(), "password")
	p := &place{dir: t.TempDir(), databases: func(t testing.TB) string {
		n++
		name := fmt.Sprint("test_", n)
		if err := system.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("store: {clickhouse: {addr: [%q], user: %s, password_file: %q, database: %s}}\narchive: {copy: {folder: copy}}\n", e.Addr, e.User, password, name)
	}}
	flow := "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1767225600 1767225660 ACCEPT OK\n"
	for name, text := range map[string]string{
		password:                             e.Password,
		filepath.Join(p.dir, "torn.log"):     "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n2 1234\n",
		filepath.Join(p.dir, "flows.log"):    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n" + strings.Repeat(flow, 50),
		filepath.Join(p.dir, "app.log"):      strings.Repeat("level=info time=2026-03-04T05:06:07Z msg=\"chart of MRN 00123456 opened\" ssn=219-09-9999\n", 2000),
		filepath.Join(p.dir, "one.log"):      "level=info time=2026-03-04T05:06:07Z msg=first\n",
		filepath.Join(p.dir, "trail.json"):   string(trailText(1, 200)),
		filepath.Join(p.dir, "patients.csv"): "first_name,last_name,mrn\n" + strings.Repeat("Ada,Quimby,00123456\nBo,Ferrar,00123457\n", 1),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.configure(t)
	p.run(t, []string{"ingest", "--data", "data", "--config", "scrubline.yaml", "torn.log", "one.log"})
	p.entry = field(t, p.run(t, []string{"quarantine", "list", "--data", "data"}), `"id":"`)
	key := field(t, p.run(t, []string{"archive", "list", "--data", "data"}), `"key":"`)
	p.event = strings.TrimSuffix(key, ".parquet") + "#0"
	return p
}

// field cuts the first text behind a name out of JSON.
func field(t testing.TB, text, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, name)
	value, _, ok2 := strings.Cut(rest, `"`)
	if !ok || !ok2 {
		t.Fatalf("no %s in %s", name, text)
	}
	return value
}

// configure gives the place a database of its own.
func (p *place) configure(t testing.TB) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "scrubline.yaml"), []byte(p.databases(t)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// copy makes a copy, with a database of its own that is empty: whatever needs rows
// finds them in the archive's copy when it is compared.
func (p *place) copy(t testing.TB) *place {
	t.Helper()
	c := *p
	c.dir = t.TempDir()
	if out, err := exec.Command("cp", "-a", p.dir+"/.", c.dir).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	return &c
}

func (p *place) command(t testing.TB, before, args []string) *exec.Cmd {
	t.Helper()
	c := proc(t)
	argv := append(append([]string{}, before...), c.Path)
	for _, a := range args {
		switch a {
		case "ENTRY":
			a = p.entry
		case "EVENT":
			a = p.event
		}
		argv = append(argv, a)
	}
	env := c.Env
	c = exec.Command(argv[0], argv[1:]...)
	c.Env, c.Dir = env, p.dir
	return c
}

// run runs a command that must end well.
func (p *place) run(t testing.TB, args []string) string {
	t.Helper()
	c := p.command(t, nil, args)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, out, stderr.Bytes())
	}
	return string(out)
}

// struck runs a command with a fault: its exit code, below 0 if it died, and what it
// said on stderr.
func (p *place) struck(t testing.TB, strace, inject string, args []string) (code int, said []byte) {
	t.Helper()
	call, _, _ := strings.Cut(inject, ":")
	c := p.command(t, []string{strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace=" + call, "-e", "inject=" + inject}, args)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	err := c.Run()
	if err == nil {
		return 0, nil
	}
	exit, ok := err.(*exec.ExitError)
	if !ok {
		t.Fatal(err)
	}
	if bytes.Contains(stderr.Bytes(), []byte("fatal error: ")) { // of Go's runtime, whose pipe broke
		return -1, nil
	}
	if bytes.Contains(stderr.Bytes(), []byte("panic: ")) {
		t.Errorf("%s: %s", inject, stderr.Bytes())
	}
	return exit.ExitCode(), stderr.Bytes()
}

func (p *place) checked(t testing.TB, when string, args []string) {
	t.Helper()
	if args == nil {
		return
	}
	if out, err := p.command(t, nil, args).CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %v\n%s", when, args, err, out)
	}
}

func (p *place) read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		t.Errorf("reading what was written: %v", err)
	}
	return b
}
