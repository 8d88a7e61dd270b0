package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/scrubline/scrubline/scrub/roster"
)

// describe prints what a roster is.
func describe(w io.Writer, i roster.Info, path string, asJSON bool, now time.Time) error {
	if asJSON {
		return json.NewEncoder(w).Encode(i)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "file\t%s\n", path)
	if st, err := os.Stat(path); err == nil {
		fmt.Fprintf(tw, "size\t%.1f MiB, %.1f MiB of memory\n", float64(st.Size())/(1<<20), float64(i.Bytes)/(1<<20))
	}
	fmt.Fprintf(tw, "made\t%s, %s ago\n", i.Created.Format(time.RFC3339), age(now.Sub(i.Created)))
	fmt.Fprintf(tw, "key id\t%s\n", i.KeyID)
	fmt.Fprintf(tw, "hash\t%s\n", i.Hash)
	fmt.Fprintf(tw, "patients\t%d\n", i.Patients)
	for _, k := range slices.Sorted(maps.Keys(i.Entries)) {
		fmt.Fprintf(tw, "  %s\t%d\n", k, i.Entries[k])
	}
	fmt.Fprintln(tw, "entries\t")
	for _, k := range slices.Sorted(maps.Keys(i.Distinct)) {
		fmt.Fprintf(tw, "  %s\t%d\n", k, i.Distinct[k])
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	return warn(w, i)
}

// warn says what of the table will not be found, and what will be found too often.
func warn(w io.Writer, i roster.Info) error {
	for _, k := range slices.Sorted(maps.Keys(i.Unusable)) {
		fmt.Fprintf(w, "%d values of %s cannot be looked for: too short, or placeholders\n", i.Unusable[k], k)
	}
	for _, k := range slices.Sorted(maps.Keys(i.Dense)) {
		fmt.Fprintf(w, "of all numbers of %s, %.1f %% are in the roster: other numbers of that length in logs will be taken for patients' as often\n", k, 100*i.Dense[k])
	}
	return nil
}

func age(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
	return d.Round(time.Second).String()
}
