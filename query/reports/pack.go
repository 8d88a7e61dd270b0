package reports

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Formats of a report, in the order they stand in a pack.
var Formats = []string{"pdf", "xlsx", "csv", "ndjson"}

// newSheet makes a sheet of a format.
func newSheet(format string, w io.Writer, h head, temp string) (sheet, error) {
	switch format {
	case "pdf":
		return newPDF(w, h), nil
	case "xlsx":
		return newXLSX(w, h, temp)
	case "csv":
		return newCSV(w, h.Definition, h.Zone)
	case "ndjson":
		return newNDJSON(w, h.Definition, h.Zone), nil
	case "json": // of the API: the first rows, with what a page shows around them
		return newJSON(w, h), nil
	}
	return nil, fmt.Errorf("formats are %s", strings.Join(Formats, ", "))
}

// Run makes one report in one format and writes it to w. A report that cannot be
// run says why in Result.NotRun, and nothing is written.
func (se *Session) Run(ctx context.Context, d *Definition, format string, w io.Writer) (*Result, error) {
	if why := se.ready(d); why != "" {
		return &Result{Definition: d, NotRun: why}, nil
	}
	s, err := newSheet(format, w, se.head(d), se.s.opt.Temp)
	if err != nil {
		return nil, err
	}
	return se.run(ctx, d, s)
}

// Pack makes every report that can be made, in all formats, and writes them to w
// as a signed ZIP file. The same checkpoint, request and program give the same
// bytes.
func (se *Session) Pack(ctx context.Context, w io.Writer) (*Manifest, error) {
	dir, err := os.MkdirTemp(se.s.opt.Temp, "scrubline-pack-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the pack: %w", err)
	}
	defer os.RemoveAll(dir)
	p := &pack{z: zip.NewWriter(w), dir: dir, when: se.watch}
	var results []*Result
	for _, d := range All() {
		r, err := se.pack(ctx, p, d)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	judged := judge(se.results)
	r, err := se.packCrosswalk(p, judged)
	if err != nil {
		return nil, err
	}
	m := se.manifest(append(results, r), judged)
	if err := se.end(p, m); err != nil {
		return nil, fmt.Errorf("writing the pack: %w", err)
	}
	return m, nil
}

// pack is a ZIP file that is being written.
type pack struct {
	z     *zip.Writer
	dir   string // for files on their way
	when  time.Time
	files []ManifestFile
}

// open starts a file of the pack.
func (p *pack) open(name string) (io.Writer, error) {
	method := zip.Deflate
	if strings.HasSuffix(name, ".pdf") || strings.HasSuffix(name, ".xlsx") { // compressed already
		method = zip.Store
	}
	return p.z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: p.when.UTC().Truncate(2 * time.Second)})
}

// add writes a file from bytes.
func (p *pack) add(name string, data []byte) error {
	w, err := p.open(name)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	p.files = append(p.files, ManifestFile{name, hex.EncodeToString(sum[:]), int64(len(data))})
	_, err = w.Write(data)
	return err
}

// move takes a file on its way into the pack.
func (p *pack) move(name string, f *part) error {
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	w, err := p.open(name)
	if err != nil {
		return err
	}
	n, err := io.Copy(w, f.file)
	p.files = append(p.files, ManifestFile{name, hex.EncodeToString(f.sum.Sum(nil)), n})
	return err
}

// part is a file on its way; what is written to it is hashed.
type part struct {
	file *os.File
	sum  hash.Hash
}

func (f *part) Write(b []byte) (int, error) {
	n, err := f.file.Write(b)
	f.sum.Write(b[:n])
	return n, err
}

// pack makes one report in all formats.
func (se *Session) pack(ctx context.Context, p *pack, d *Definition) (*Result, error) {
	if why := se.ready(d); why != "" {
		return &Result{Definition: d, NotRun: why}, nil
	}
	return p.report(d, se.head(d), func(sheets []sheet) (*Result, error) { return se.run(ctx, d, sheets...) })
}

// report opens a sheet of each format, lets make fill them, and moves the files in.
func (p *pack) report(d *Definition, h head, make func([]sheet) (*Result, error)) (*Result, error) {
	var sheets []sheet
	var parts []*part
	defer func() {
		for _, f := range parts {
			_ = f.file.Close() // read to its end already, or given up
			_ = os.Remove(f.file.Name())
		}
	}()
	for _, format := range Formats {
		file, err := os.OpenFile(filepath.Join(p.dir, d.Name+"."+format), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, fmt.Errorf("making a file for the pack: %w", err)
		}
		f := &part{file, sha256.New()}
		parts = append(parts, f)
		s, err := newSheet(format, f, h, p.dir)
		if err != nil {
			return nil, err
		}
		sheets = append(sheets, s)
	}
	r, err := make(sheets)
	if err != nil {
		return nil, err
	}
	for i, format := range Formats {
		if err := p.move(reportsFolder+d.ID+"-"+d.Name+"."+format, parts[i]); err != nil {
			return nil, fmt.Errorf("writing the pack: %w", err)
		}
	}
	return r, nil
}

// end writes the cover and what proves the rest.
func (se *Session) end(p *pack, m *Manifest) error {
	cover, err := drawCover(se.head(crosswalkReport), m)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{coverFile, cover}, {readmeFile, []byte(packReadme)}, {checkpointFile, se.point.Note}, {keyFile, []byte(se.s.opt.Archive.PublicKey() + "\n")}} {
		if err := p.add(f.name, f.data); err != nil {
			return err
		}
	}
	m.Files = p.files
	manifest, err := m.encode()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(manifest)
	signed, err := se.s.opt.Archive.Sign(packHead + "\n" + hex.EncodeToString(sum[:]) + "\n")
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	if err := p.add(manifestFile, manifest); err != nil {
		return err
	}
	if err := p.add(signatureFile, signed); err != nil {
		return err
	}
	return p.z.Close()
}

const packReadme = `This is an evidence pack made by Scrubline.

cover.pdf        start here: what it is about, what it rests on, known gaps, the control crosswalk
reports/         each report as PDF, XLSX, CSV and NDJSON, all from the same rows
manifest.json    what is in here: SHA-256 of each file, rows, checks and how they came out
manifest.sig     the archive's signature of the manifest: a C2SP signed note, Ed25519
checkpoint.note  the archive's signed statement that the pack rests on
archive.pub      the archive's public key; compare it with the one you were given in another way

To check it: scrubline report verify FILE.zip --key archive.pub
with the public key that you were given, not the one in here. It needs no network and no data.
By hand: each file has the SHA-256 that manifest.json names, and the second line of manifest.sig
is the SHA-256 of manifest.json.

Patients are tokens. The logs keep exact times, so they are pseudonymised, not de-identified:
treat this pack as protected health information.
`
