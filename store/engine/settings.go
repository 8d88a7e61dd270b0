package engine

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net"
	"path/filepath"
	"text/template"

	"github.com/scrubline/scrubline/scrub/durable"
)

//go:embed config.xml.tmpl
var configText string

//go:embed users.xml.tmpl
var usersText string

var (
	configTemplate = template.Must(template.New(configFile).Funcs(xmlFuncs).Parse(configText))
	usersTemplate  = template.Must(template.New(usersFile).Funcs(xmlFuncs).Parse(usersText))
	xmlFuncs       = template.FuncMap{"xml": escapeXML}
)

const (
	defaultMemory = 2 << 30
	smallestCache = 16 << 20
)

// settings is what the two configuration files are made from. Exported fields
// are for the templates.
type settings struct {
	Dir          string // absolute
	Data         string // the engine's own folder in Dir
	Port         int
	MemoryBytes  int64
	CacheBytes   int64 // each of the two larger caches
	User         string
	PasswordHash string // hex of SHA-256
	Reader       string
	ReaderHash   string
	Asker        string
	AskerHash    string
	Database     string
	Rows         []Wall   // of tables that the asker reads
	Readable     []string // tables that the reader reads
	// Patterns are the databases the user owns, as GRANT takes them; Trials are those
	// of them that DatabasePrefix asked for, which the reader reads whole.
	Patterns, Trials []string

	password string
	nonce    string
}

func newSettings(o Options, dir string) (*settings, error) {
	memory := o.MemoryBytes
	if memory == 0 {
		memory = defaultMemory
		if total := machineMemory(); total > 0 {
			memory = min(memory, total/4)
		}
	}
	port, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("finding a free port: %w", err)
	}
	s := &settings{
		Dir: dir, Data: filepath.Join(dir, dataDir), Port: port,
		MemoryBytes: memory, CacheBytes: max(memory/16, smallestCache),
		User: User, Reader: Reader, Asker: Asker, Database: Database, Rows: Walls(), Readable: Readable(), Patterns: []string{Database + ".*"},
		password: secret(), nonce: secret(),
	}
	if o.DatabasePrefix != "" {
		if !isName(o.DatabasePrefix) {
			return nil, fmt.Errorf("checking options: DatabasePrefix may hold letters, digits and _ only")
		}
		s.Trials = []string{o.DatabasePrefix + "*.*"}
		s.Patterns = append(s.Patterns, s.Trials...)
	}
	s.PasswordHash, s.ReaderHash, s.AskerHash = hashed(s.password), hashed(readerPassword(s.password)), hashed(askerPassword(s.password))
	return s, nil
}

// Nonce is a value that only our child can know: proof that what answers on
// the port is the child.
func (s *settings) Nonce() string { return s.nonce }

// write puts both files into the data folder, readable by the owner only.
func (s *settings) write() error {
	for _, t := range []*template.Template{configTemplate, usersTemplate} {
		var b bytes.Buffer
		if err := t.Execute(&b, s); err != nil {
			return fmt.Errorf("writing %s: %w", t.Name(), err)
		}
		if err := durable.Write(filepath.Join(s.Dir, t.Name()), b.Bytes(), 0o600); err != nil {
			return fmt.Errorf("writing %s: %w", t.Name(), err)
		}
	}
	return nil
}

func hashed(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

// readerPassword is the reader's, derived from the product's own, so that whoever
// attaches knows it too; the other way round it tells nothing.
func readerPassword(password string) string { return hashed("reader of " + password) }

// secret returns 32 random bytes as text.
func secret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

func escapeXML(s string) (string, error) {
	var b bytes.Buffer
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}

// TableEngines are the engines the user may create tables with: those that
// keep data in the data folder or nowhere.
func (s *settings) TableEngines() []string {
	return []string{
		"MergeTree", "ReplacingMergeTree", "AggregatingMergeTree", "SummingMergeTree",
		"CollapsingMergeTree", "VersionedCollapsingMergeTree", "Memory", "Null", "Set", "Join",
	}
}
