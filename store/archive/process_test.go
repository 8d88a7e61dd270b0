package archive

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/archive/object/local"
)

// TestMain lets the test binary be the process that is killed: with
// ARCHIVE_TEST_WRITER=<data folder> <name> it writes payloads until it has
// written 1000, sealing often.
func TestMain(m *testing.M) {
	if data := os.Getenv("ARCHIVE_TEST_TRACED"); data != "" {
		if err := traced(data); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if data := os.Getenv("ARCHIVE_TEST_WRITER"); data != "" {
		if err := writer(data, os.Getenv("ARCHIVE_TEST_NAME")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func writer(data, name string) error {
	ctx := context.Background()
	for round := range 100 {
		a, err := Open(ctx, data, Options{})
		if err != nil {
			return err
		}
		for i := range 10 {
			payload := fmt.Sprintf("%s-%d-%d", name, round, i)
			for start := range uint64(3) {
				b := batch(schemas.Flows, "aws_vpcflow", payload, start*2, 2, start == 2)
				if _, _, err := a.Write(ctx, b); err != nil {
					return err
				}
			}
			if i%3 == 0 {
				if err := a.Seal(ctx); err != nil {
					return err
				}
			}
		}
		if err := a.Close(ctx); err != nil {
			return err
		}
	}
	return nil
}

// traced is one short life for strace: it writes, seals and changes the key.
func traced(data string) error {
	ctx := context.Background()
	a, err := Open(ctx, data, Options{})
	if err != nil {
		return err
	}
	b := batch(schemas.Flows, "aws_vpcflow", "t", 0, 2, true)
	b.PayloadID = "f/" + strings.ToLower(filepath.Base(data))
	if _, _, err := a.Write(ctx, b); err != nil {
		return err
	}
	if err := a.Seal(ctx); err != nil {
		return err
	}
	if _, err := a.RotateKey(ctx); err != nil {
		return err
	}
	return a.Close(ctx)
}

func start(t *testing.T, data, name string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ARCHIVE_TEST_WRITER="+data, "ARCHIVE_TEST_NAME="+name)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &stderr
}

// Two processes write into one archive and are killed at any moment. What they
// leave is never taken for tampering, and opening the archive seals it.
func TestKilledProcesses(t *testing.T) {
	t.Parallel()
	data := tempDir(t)
	closeArchive(t, open(t, data))
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	kills := 12
	if testing.Short() {
		kills = 3
	}
	objects := 0
	for kill := range kills {
		one, errOne := start(t, data, fmt.Sprint("one-", kill))
		two, errTwo := start(t, data, fmt.Sprint("two-", kill))
		time.Sleep(time.Duration(30+r.IntN(250)) * time.Millisecond)
		for cmd, stderr := range map[*exec.Cmd]*bytes.Buffer{one: errOne, two: errTwo} {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			if s := cmd.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() && stderr.Len() > 0 {
				t.Fatal("writer: ", stderr)
			}
		}
		if got := verify(t, data); got.Status == Tampered {
			t.Fatalf("kill %d: %+v", kill, got.Problems)
		}
		closeArchive(t, open(t, data))
		got := mustVerify(t, data)
		if entries, _ := os.ReadDir(filepath.Join(data, Folder, local.Temp)); len(entries) > 0 {
			t.Fatal("temporary files were left:", entries)
		}
		if got.Objects < objects {
			t.Fatal("objects went away")
		}
		objects = got.Objects
	}
	if objects == 0 {
		t.Fatal("the writers wrote nothing: the test shows nothing")
	}
	t.Logf("%d kills, %d objects", 2*kills, objects)
}

// Goroutines of one process and the sealing of another.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	data := tempDir(t)
	a, other := open(t, data), open(t, data)
	var wg sync.WaitGroup
	for g := range 6 {
		wg.Go(func() {
			for i := range 10 {
				for s := range uint64(2) {
					b := batch(schemas.Events, "app", fmt.Sprintf("%d-%d", g, i), s*3, 3, s == 1)
					if _, _, err := a.Write(context.Background(), b); err != nil {
						t.Error(err)
					}
				}
				if g == 0 {
					if err := other.Reconcile(context.Background()); err != nil {
						t.Error(err)
					}
				}
				if g == 1 {
					if err := a.Seal(context.Background()); err != nil {
						t.Error(err)
					}
				}
				if g == 2 {
					if err := a.Reconcile(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	closeArchive(t, a)
	closeArchive(t, other)
	if r := mustVerify(t, data); r.Objects != 120 || r.Rows != 360 || r.Payloads != 60 {
		t.Fatalf("%+v", r)
	}
}
