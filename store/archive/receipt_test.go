package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/archive/object"
)

// receipted makes an archive of four objects and returns its data folder and its
// receipts.
func receipted(t *testing.T) (data string, receipts []byte) {
	t.Helper()
	data = tempDir(t)
	a := open(t, data)
	write(t, a, batch(schemas.Events, "app", "aa", 0, 5, false))
	write(t, a, batch(schemas.Flows, "aws_vpcflow", "bb", 0, 4, true))
	if err := a.Seal(context.Background()); err != nil {
		t.Fatal(err)
	}
	b := batch(schemas.Events, "app", "aa", 5, 3, true)
	b.Treated = map[string]uint64{"us_npi/label": 2, "email/token": 1}
	write(t, a, b)
	write(t, a, batch(schemas.Events, "app", "cc", 0, 2, true))
	closeArchive(t, a)
	return data, readReceipts(t, data)
}

// readReceipts returns the lines of all receipts.
func readReceipts(t *testing.T, data string) []byte {
	t.Helper()
	var all []byte
	s := folder(t, data)
	err := s.List(context.Background(), receiptRoot, func(i object.Info) (err error) {
		all, err = s.Get(context.Background(), i.Key, all)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// writeReceipts puts the first two lines, the first claim's, and the others in
// place of the receipts.
func writeReceipts(t *testing.T, data string, lines []byte) {
	t.Helper()
	v := vandal{TB: t, dir: filepath.Join(data, Folder)}
	parts := bytes.SplitAfterN(lines, []byte("\n"), 3)
	v.write(receiptKey(0), bytes.Join(parts[:2], nil))
	v.write(receiptKey(2), bytes.Join(parts[2:], nil))
}

func verifyReceipts(t *testing.T, data string) ReceiptReport {
	t.Helper()
	pub, err := os.ReadFile(filepath.Join(data, PubFile))
	if err != nil {
		t.Fatal(err)
	}
	r, err := VerifyReceipts(context.Background(), folder(t, data), string(pub))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryObjectHasAReceipt(t *testing.T) {
	t.Parallel()
	data, _ := receipted(t)
	r := verifyReceipts(t, data)
	if r.Status != OK || r.Receipts != 4 || r.Rows != 14 || r.Matches["us_npi"] != 8 || r.Matches["email"] != 4 {
		t.Fatalf("%+v", r)
	}
	mustVerify(t, data)
	var got []Receipt
	err := Receipts(context.Background(), folder(t, data), func(text json.RawMessage) error {
		var one Receipt
		err := json.Unmarshal(text, &one)
		got = append(got, one)
		return err
	})
	if err != nil || len(got) != 4 {
		t.Fatal(err, len(got))
	}
	third := got[2]
	if third.N != 2 || third.Start != 5 || third.End != 8 || third.Policy != "5ca1ab1e" || third.Scrubber != "1.2.3" || third.Treated["us_npi/label"] != 2 {
		t.Errorf("%+v", third)
	}
}

func TestChangedReceiptsAreFound(t *testing.T) {
	t.Parallel()
	data, good := receipted(t)
	line := bytes.SplitAfter(good, []byte("\n"))
	var signedAgain receiptLine
	if err := json.Unmarshal(line[2], &signedAgain); err != nil {
		t.Fatal(err)
	}
	signedAgain.Receipt = bytes.Replace(signedAgain.Receipt, []byte(`"us_npi":2`), []byte(`"us_npi":9`), 1)
	a := open(t, data)
	var err error
	if signedAgain.Signature, err = a.log.key.Sign(signed(signedAgain.Receipt)); err != nil {
		t.Fatal(err)
	}
	closeArchive(t, a)
	lied, err := json.Marshal(signedAgain)
	if err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string][]byte{
		"a count":            bytes.Replace(good, []byte(`"us_npi":2`), []byte(`"us_npi":1`), 1),
		"a policy":           bytes.Replace(good, []byte("5ca1ab1e"), []byte("5ca1ab1f"), 1),
		"two exchanged":      bytes.Join([][]byte{line[1], line[0], line[2], line[3]}, nil),
		"one left out":       bytes.Join([][]byte{line[0], line[2], line[3]}, nil),
		"one too many":       bytes.Join([][]byte{good, line[3]}, nil),
		"no JSON":            bytes.Join([][]byte{line[0], []byte("{\n"), line[2], line[3]}, nil),
		"signed, but untrue": bytes.Join([][]byte{line[0], line[1], append(lied, '\n'), line[3]}, nil),
	} {
		if bytes.Equal(b, good) {
			t.Fatalf("%s: nothing was changed", what)
		}
		writeReceipts(t, data, b)
		if r := verifyReceipts(t, data); r.ExitCode() != 1 || r.Problems[0].Kind != BadReceipt {
			t.Errorf("%s: %+v", what, r)
		}
	}
	writeReceipts(t, data, good)
	if r, err := VerifyReceipts(context.Background(), folder(t, data), strings.Repeat("x", 9)); err != nil || r.ExitCode() != 2 {
		t.Errorf("without a key: %+v, %v", r, err)
	}
	if r := verifyReceipts(t, data); r.ExitCode() != 0 {
		t.Errorf("put back: %+v", r)
	}
}
