package reports

import (
	"encoding/json"
	"time"
)

// KeyName is what the name of an archive's signing key starts with. It signs packs too.
const KeyName = "scrubline-archive"

// packHead is the first line of a pack's signed note, so that nothing else that
// the key signs can pass for one.
const packHead = "scrubline-report-pack"

// PackFormat is the version of a pack's layout. PACK.md describes it.
const PackFormat = 1

// Files of a pack besides the reports.
const (
	manifestFile   = "manifest.json"
	signatureFile  = "manifest.sig"
	checkpointFile = "checkpoint.note"
	keyFile        = "archive.pub"
	coverFile      = "cover.pdf"
	readmeFile     = "README.txt"
	reportsFolder  = "reports/"
)

// Manifest says what is in a pack and what it rests on.
type Manifest struct {
	Format     int                `json:"format"`
	Software   string             `json:"software"`
	Tenant     string             `json:"tenant"`
	From       time.Time          `json:"from"`
	Until      time.Time          `json:"until"` // not in the period
	Zone       string             `json:"time_zone"`
	By         string             `json:"by"`
	Reason     string             `json:"reason"`
	Subject    ManifestSubject    `json:"subject"`
	Watermark  time.Time          `json:"watermark"` // rows that came in later are left out
	Checkpoint ManifestCheckpoint `json:"checkpoint"`
	Archive    ManifestArchive    `json:"archive"`
	Sources    []SourceCount      `json:"sources"`
	Copies     bool               `json:"rows_counted_once"` // the tables held copies or rows that no ledger knows; each was counted once
	Gaps       []string           `json:"known_gaps"`
	Inputs     []ManifestInput    `json:"inputs"`
	Reports    []ManifestReport   `json:"reports"`
	NotMade    []Absent           `json:"not_made"`
	Crosswalk  []ManifestControl  `json:"crosswalk"`
	Files      []ManifestFile     `json:"files"`
}

// ManifestSubject is whom R1 and R2 are about. A patient is a list of tokens.
type ManifestSubject struct {
	Patient []string `json:"patient,omitempty"`
	User    string   `json:"user,omitempty"`
}

// ManifestCheckpoint names the checkpoint; the note itself is a file of the pack.
type ManifestCheckpoint struct {
	Size   uint64 `json:"size"`
	Root   string `json:"root"`
	KeyID  string `json:"key_id"`
	Signed bool   `json:"signature_good"`
}

// ManifestArchive is what the archive held under the checkpoint.
type ManifestArchive struct {
	Objects    uint64    `json:"objects"`
	Rows       uint64    `json:"rows"`
	Events     uint64    `json:"events"`
	Tombstones uint64    `json:"tombstones"`
	Unfinished int       `json:"unfinished_payloads"`
	Verified   string    `json:"verified"` // how: full, signature only
	Status     string    `json:"status"`
	Problems   []Problem `json:"problems"`
}

// ManifestInput is a list that was given for the run.
type ManifestInput struct {
	Name    string   `json:"name"`
	SHA256  string   `json:"sha256"` // of the file, which is not in the pack
	Rows    int      `json:"rows"`
	Ignored []string `json:"ignored,omitempty"`
}

// ManifestReport is a report that was made, or that was not and why.
type ManifestReport struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"` // of its files: reports/ID-NAME.csv
	Title     string           `json:"title"`
	Controls  []string         `json:"controls"`
	Sources   []string         `json:"sources,omitempty"` // kinds of log that would show it
	Columns   []ManifestColumn `json:"columns"`
	NotRun    string           `json:"not_run,omitempty"`
	Rows      uint64           `json:"rows"`
	Statement string           `json:"statement_sha256,omitempty"`
	Checks    []CheckResult    `json:"checks"`
	Missing   []string         `json:"missing,omitempty"`
}

// ManifestColumn is a column of a report.
type ManifestColumn struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Type  Type   `json:"type"`
	About string `json:"about"`
}

// ManifestControl is a line of the crosswalk.
type ManifestControl struct {
	ID      string   `json:"id"`
	Rule    string   `json:"rule"`
	Asks    string   `json:"asks"`
	State   State    `json:"state"`
	Passed  []string `json:"passed"`
	Failed  []string `json:"failed"`
	Unknown []string `json:"not_tested"`
	Lacks   string   `json:"lacks,omitempty"`
	Manual  string   `json:"manual,omitempty"`
}

// ManifestFile is a file of the pack.
type ManifestFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

func (se *Session) manifest(results []*Result, judged []Judgement) *Manifest {
	m := &Manifest{
		Format: PackFormat, Software: se.s.opt.Software, Tenant: se.s.opt.Tenant, From: se.req.From.UTC(), Until: se.req.Until.UTC(), Zone: se.req.Zone.String(),
		By: se.req.By, Reason: se.req.Reason, Watermark: se.watch,
		Checkpoint: ManifestCheckpoint{se.point.Size, se.point.Root, se.point.keyID(), se.point.Signed},
		Archive: ManifestArchive{se.archive.objects, se.archive.rows, se.archive.events, se.archive.tombstones, len(se.archive.unfinished),
			se.proof.Mode, se.proof.Status, filled(se.proof.Problems)},
		Sources: filled(se.counts), Copies: se.copies, Gaps: filled(append(se.gaps(), se.gapsFound()...)), Inputs: []ManifestInput{}, NotMade: NotMade(),
	}
	if list, err := se.patient(); err == nil && se.req.Patient != "" {
		m.Subject.Patient = list
	}
	m.Subject.User = se.req.User
	for _, k := range Inputs() {
		if in := se.req.Inputs[k.Name]; in != nil {
			m.Inputs = append(m.Inputs, ManifestInput{k.Name, in.SHA256, in.Rows, in.Ignored})
		}
	}
	for _, r := range results {
		m.Reports = append(m.Reports, r.manifest())
	}
	for _, j := range judged {
		m.Crosswalk = append(m.Crosswalk, ManifestControl{j.ID, j.Rule, j.Asks, j.State, filled(j.Passed), filled(j.Failed), filled(j.Unknown), j.Lacks, j.Manual})
	}
	return m
}

func (r *Result) manifest() ManifestReport {
	d := r.Definition
	return ManifestReport{ID: d.ID, Name: d.Name, Title: d.Title, Controls: d.Controls, Sources: d.Sources, Columns: d.columns(), NotRun: r.NotRun,
		Rows: r.Rows, Statement: r.Statement, Checks: filled(r.Checks), Missing: d.Missing}
}

// filled makes null a list without elements.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (m *Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}
