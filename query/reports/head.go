package reports

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// head is what every report says of itself, whatever its format.
type head struct {
	Definition *Definition
	From       time.Time
	Until      time.Time
	Zone       *time.Location
	By         string
	Reason     string
	Subject    string // as it was found: a patient's tokens, a user's name
	Tenant     string
	Watermark  time.Time
	Checkpoint Checkpoint
	Software   string
	Gaps       []string // of the data, known
}

func (se *Session) head(d *Definition) head {
	h := head{Definition: d, From: se.req.From, Until: se.req.Until, Zone: se.req.Zone, By: se.req.By, Reason: se.req.Reason, Tenant: se.s.opt.Tenant,
		Watermark: se.watch, Checkpoint: se.point, Software: se.s.opt.Software, Gaps: se.gaps()}
	if list, err := se.subject(d); err == nil {
		h.Subject = strings.Join(list, ", ")
	}
	return h
}

// id is a checkpoint in short: its size and the start of its root.
func (c Checkpoint) id() string {
	return fmt.Sprintf("%d/%.16s", c.Size, c.Root)
}

// KeyID is the key hash that stands in the note's signature line, hex; "" if there
// is none. See C2SP signed-note.
func (c Checkpoint) keyID() string {
	for line := range strings.SplitSeq(string(c.Note), "\n") {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "—" {
			if sig, err := base64.StdEncoding.DecodeString(fields[2]); err == nil && len(sig) > 4 {
				return fmt.Sprintf("%x", sig[:4])
			}
		}
	}
	return ""
}

type fact struct{ name, value string }

// facts lists what stands on every report: the columns that all have in common.
func (h *head) facts(r *Result) []fact {
	d := h.Definition
	list := []fact{
		{"Report", d.ID + " " + d.Title}, {"Question", d.Question}, {"Controls", strings.Join(d.Controls, ", ")},
		{"Period", h.period()}, {"Time zone", h.Zone.String()}, {"About", h.Subject}, {"Tenant", h.Tenant},
		{"Rows", strconv.FormatUint(r.Rows, 10)},
		{"Data up to", h.Watermark.In(h.Zone).Format(stamp) + ": rows that came in later are not in it"},
		{"Checkpoint", h.checkpoint()}, {"Made for", h.By}, {"Reason", h.Reason}, {"Made by", h.Software},
		{"Statement", statementFact(r)},
		{"Known gaps", strings.Join(h.Gaps, " ")},
	}
	out := list[:0]
	for _, f := range list {
		if f.value != "" {
			out = append(out, f)
		}
	}
	return out
}

func statementFact(r *Result) string {
	if r.Statement == "" {
		return ""
	}
	return "SHA-256 of the SQL and its parameters: " + r.Statement
}

const minute = "2006-01-02 15:04"

func (h *head) period() string {
	return h.From.In(h.Zone).Format(minute) + " to " + h.Until.In(h.Zone).Format(minute) + ", the end not in it"
}

func (h *head) checkpoint() string {
	signed := "its signature is NOT good"
	if h.Checkpoint.Signed {
		signed = "signed by key " + h.Checkpoint.keyID()
	}
	return fmt.Sprintf("size %d, root %s, %s", h.Checkpoint.Size, h.Checkpoint.Root, signed)
}

// verdict is how a check came out, in a word or two.
func (c *CheckResult) verdict() string {
	switch {
	case !c.Tested:
		return "not tested"
	case c.Passed:
		return "passed"
	}
	return "failed"
}

// gaps says in sentences what is known to be missing from the data.
func (se *Session) gaps() []string {
	var out []string
	add := func(n uint64, one string) {
		if n > 0 {
			out = append(out, fmt.Sprintf(one, n))
		}
	}
	add(se.archive.tombstones, "%d records of the whole archive could not be decoded or scrubbed; their bytes lie encrypted in the quarantine.")
	add(uint64(len(se.archive.unfinished)), "%d payloads have not been read to their end.")
	add(uint64(len(se.proof.Problems)), "%d things in the archive do not verify or could not be checked: R14 lists them.")
	for _, c := range se.counts {
		if c.Stored != c.Ledger || c.Ledger != c.Archived {
			out = append(out, fmt.Sprintf("%s: %d rows are stored, the ledger has %d, the checkpoint %d.", c.Source, c.Stored, c.Ledger, c.Archived))
		}
	}
	if !se.point.Signed {
		out = append(out, "The checkpoint's signature is not good.")
	}
	if se.proof.Mode != Full {
		out = append(out, "The archive's objects were not read again for this: only the checkpoint's signature was checked.")
	}
	if se.req.Until.After(se.watch) {
		out = append(out, "The period goes on after the last record that came in: "+se.watch.In(se.req.Zone).Format(stamp)+".")
	}
	return out
}

// gapsFound says what the reports that were made found missing.
func (se *Session) gapsFound() []string {
	var out []string
	for _, g := range []struct{ check, says string }{
		{"R13.every_day", "%.0f times a source has no record on a day of the period: R13."},
		{"R13.none_lost", "By %.0f rows sources say that they lost records before they were delivered: R13."},
		{"R12.none_unread", "%.0f records of the period could not be decoded or scrubbed: R12."},
	} {
		if c := se.results[g.check]; c.Tested && !c.Passed {
			out = append(out, fmt.Sprintf(g.says, c.Found))
		}
	}
	return out
}
