package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// commands are what the scripts need beyond testscript's own.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"gz":          gz,
	"truncate":    truncate,
	"binary":      binary,
	"bomb":        bomb,
	"long":        long,
	"touch":       touch,
	"flip":        flip,
	"cmpjson":     cmpjson,
	"accounted":   accounted,
	"measure":     measure,
	"smalldisk":   smallDisk,
	"filldisk":    fillDisk,
	"trails":      trails,
	"alertid":     alertID,
	"hook":        hook,
	"holds":       holds,
	"expand":      expand,
	"records":     records,
	"kms":         fakeKMS,
	"quarantined": quarantined,
	"envsubst":    envsubst,
	"tokenid":     tokenID,
}

func write(ts *testscript.TestScript, name string, b []byte) {
	path := ts.MkAbs(name)
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	ts.Check(os.WriteFile(path, b, 0o644))
}

func compress(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(b)
	_ = w.Close()
	return z.Bytes()
}

// gz DST SRC
func gz(ts *testscript.TestScript, _ bool, args []string) {
	write(ts, args[0], compress([]byte(ts.ReadFile(args[1]))))
}

// truncate FILE SIZE
func truncate(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	st, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), min(n, st.Size()-9)))
}

func binary(ts *testscript.TestScript, _ bool, args []string) {
	write(ts, args[0], bytes.Repeat([]byte{0, 1, 2, 0xff}, 500))
}

func touch(ts *testscript.TestScript, _ bool, args []string) { write(ts, args[0], nil) }

// bomb FILE: 64 MiB in 64 KiB.
func bomb(ts *testscript.TestScript, _ bool, args []string) {
	write(ts, args[0], compress(bytes.Repeat([]byte("x"), 64<<20)))
}

// long FILE MIB: a line of so many MiB between two short ones.
func long(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	write(ts, args[0], slices.Concat([]byte("short\n"), bytes.Repeat([]byte("long "), n<<20/5), []byte("\nshort again\n")))
}

// flip DIR: changes one byte of one archived object.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	done := false
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		if err != nil || done || !strings.HasSuffix(path, ".parquet") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b[len(b)/2] ^= 1
		done = true
		if err := os.Remove(path); err != nil {
			return err
		}
		return os.WriteFile(path, b, 0o444)
	}))
	if !done {
		ts.Fatalf("no object to change")
	}
}

func lines(ts *testscript.TestScript, name string) []summaryLine {
	var out []summaryLine
	sc := bufio.NewScanner(strings.NewReader(ts.ReadFile(name)))
	for sc.Scan() {
		var l summaryLine
		ts.Check(json.Unmarshal(sc.Bytes(), &l))
		l.File = filepath.Base(l.File)
		out = append(out, l)
	}
	return out
}

// cmpjson GOT WANT compares summaries but for their order, folders and sizes.
func cmpjson(ts *testscript.TestScript, _ bool, args []string) {
	got, want := lines(ts, args[0]), lines(ts, args[1])
	for i := range got {
		got[i].Bytes = 0
	}
	by := func(a, b summaryLine) int { return strings.Compare(a.File, b.File) }
	slices.SortFunc(got, by)
	slices.SortFunc(want, by)
	if !slices.Equal(got, want) {
		ts.Fatalf("got %+v\nwant %+v", got, want)
	}
}

// accounted SUMMARY: records = events + tombstones in every line, and a record at
// least where the file is not empty.
func accounted(ts *testscript.TestScript, _ bool, args []string) {
	for _, l := range lines(ts, args[0]) {
		if l.Records != l.Events+l.Tombstones {
			ts.Fatalf("%+v does not add up", l)
		}
		if l.Records == 0 && l.Bytes > 0 {
			ts.Fatalf("%+v vanished", l)
		}
	}
}

// alertID FILE: sets ALERT to the id of the first alert there.
func alertID(ts *testscript.TestScript, _ bool, args []string) {
	var a struct{ ID string }
	first, _, _ := strings.Cut(ts.ReadFile(args[0]), "\n")
	ts.Check(json.Unmarshal([]byte(first), &a))
	ts.Setenv("ALERT", a.ID)
}

// trails FILE N: a CloudTrail file of N events.
func trails(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	write(ts, args[0], trailText(0, n))
}

// trailText is a CloudTrail file of n events, those from number first on of a trail.
func trailText(first, n int) []byte {
	b := []byte(`{"Records":[`)
	for i := first; i < first+n; i++ {
		if i > first {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","userName":"user%d","accountId":"123456789012"},"eventTime":"2026-03-04T05:00:01Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"10.0.0.1","requestParameters":{"bucketName":"charts","key":"scan/%d.dcm"},"requestID":"%x","eventID":"%08d-0000-4000-8000-000000000000","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"123456789012","eventCategory":"Data"}`,
			i%100, i, uint64(i)*0x9e3779b97f4a7c15, i)
	}
	return append(b, "]}"...)
}

// envsubst FILE: $NAME in it is the script's variable.
func envsubst(ts *testscript.TestScript, _ bool, args []string) {
	write(ts, args[0], []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)))
}
