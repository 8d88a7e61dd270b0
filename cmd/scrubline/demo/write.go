package demo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
)

// Facts is what the week holds.
type Facts struct {
	Files, Records int
	Planted        map[string]int // patient data by kind
}

// Write makes the files of the week's first days below dir, which it creates.
// Each file is written under a temporary name first.
func Write(dir string, seed uint64, days int) (Facts, error) {
	h := newHospital(seed)
	f := Facts{Planted: map[string]int{}}
	for day := range days {
		for _, g := range []func(*hospital, int, *Facts) (string, []byte){cloudtrail, flows, alb, waf, portal} {
			name, body := g(h, day, &f)
			if err := save(filepath.Join(dir, name), body); err != nil {
				return f, err
			}
			f.Files++
		}
	}
	return f, nil
}

// WritePatients writes the hospital's own list of its patients, a table with a
// head, as registration systems export it.
func WritePatients(path string, seed uint64) error {
	b := []byte("mrn,first_name,last_name,birth_date,ssn,phone,email,address,member_id\n")
	for _, p := range newHospital(seed).patients {
		b = fmt.Appendf(b, "%s,%s,%s,%s,%s,%s,%s,%s,%s\n", p.mrn, p.first, p.last, p.dob, p.ssn, p.phone, p.email, p.street, p.mbi)
	}
	return save(path, b)
}

func save(path string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making the demo's folder: %w", err)
	}
	if filepath.Ext(path) == ".gz" {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		if _, err := w.Write(body); err != nil {
			return fmt.Errorf("compressing a demo log: %w", err)
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("compressing a demo log: %w", err)
		}
		body = z.Bytes()
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, body, 0o644); err != nil {
		return fmt.Errorf("writing a demo log: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("writing a demo log: %w", err)
	}
	return nil
}

// Corpus returns at least size bytes of one format's log, for measurements:
// alb, cloudtrail, vpcflow, waf or app. records is how many are in it. They are of one
// week, as a file of a real log is of minutes or days and not of months.
func Corpus(format string, size int, seed uint64) (log []byte, records int) {
	make := map[string]func(*hospital, int, *Facts) (string, []byte){
		"alb": alb, "cloudtrail": cloudtrail, "vpcflow": flows, "waf": waf, "app": portal,
	}[format]
	if make == nil {
		return nil, 0
	}
	h, f := newHospital(seed), Facts{Planted: map[string]int{}}
	for day := 0; len(log) < size; day = (day + 1) % 7 {
		_, b := make(h, day, &f)
		log = append(log, b...)
	}
	return log, f.Records
}
