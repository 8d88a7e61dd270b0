package identity

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/scrubline/scrubline/scrub/durable"
)

// Token is what is kept of a service token: all but the secret.
type Token struct {
	ID      string    `json:"id"` // in the token itself, and in logs
	Name    string    `json:"name"`
	Role    Role      `json:"role"`
	Scope   Scope     `json:"scope"`
	Reason  string    `json:"reason,omitempty"` // of an auditor's
	Owner   string    `json:"owner,omitempty"`  // whose it is: their subject at the identity provider
	Hash    string    `json:"sha256"`           // of the secret, hex
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Revoked time.Time `json:"revoked,omitzero"`
	Used    time.Time `json:"-"` // last, to the minute; zero: never
}

// A token reads scrubline_<id>_<secret>, so that those who look for secrets where
// none should be find it with this pattern and no false alarm.
var tokenForm = regexp.MustCompile(`^scrubline_([0-9a-f]{12})_([0-9a-f]{64})$`)

var idForm = regexp.MustCompile(`^[0-9a-f]{12}$`)

// What can be wrong with a token. Who shows one is told only that it is not taken.
var (
	ErrNoToken = errors.New("there is no such token")
	ErrRevoked = errors.New("the token was revoked")
	ErrToken   = errors.New("a token needs a name, a tenant, a role, an end in the future, and an auditor's a reason")
)

// usedTime is how exactly the last use of a token is noted.
const usedTime = time.Minute

// Tokens are the service tokens in a folder, a file each. They are read anew for
// each request, some microseconds, so that one that was revoked by another process
// is refused at once. Its methods may be called from many goroutines.
type Tokens struct {
	dir string
	now func() time.Time

	mu    sync.Mutex
	noted map[string]time.Time // when a use was last noted
}

// OpenTokens returns the tokens in dir, which need not exist.
func OpenTokens(dir string, now func() time.Time) *Tokens {
	return &Tokens{dir: dir, now: now, noted: map[string]time.Time{}}
}

func (t *Tokens) path(id, end string) string { return filepath.Join(t.dir, id+end) }

// Create keeps a new token and returns it as its holder must show it, which cannot
// be had again. ID, Hash and Created are filled in.
func (t *Tokens) Create(token Token) (Token, string, error) {
	token.Created = t.now().UTC().Truncate(time.Second)
	if token.Name == "" || token.Scope.Tenant == "" || !slices.Contains(Roles, token.Role) || !token.Expires.After(token.Created) ||
		token.Role == Auditor && token.Reason == "" {
		return Token{}, "", ErrToken
	}
	secret := NewSecret()
	token.ID = NewSecret()[:12]
	hash := HashOf(secret)
	token.Hash = hex.EncodeToString(hash[:])
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return Token{}, "", fmt.Errorf("making the folder of tokens: %w", err)
	}
	if err := t.keep(token); err != nil {
		return Token{}, "", err
	}
	return token, "scrubline_" + token.ID + "_" + secret, nil
}

// keep writes a token's file, whole or not at all.
func (t *Tokens) keep(token Token) error {
	b, err := json.MarshalIndent(token, "", " ")
	if err != nil {
		return fmt.Errorf("encoding token: %w", err)
	}
	if err := durable.Write(t.path(token.ID, ".json"), append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing token: %w", err)
	}
	return nil
}

// read reads a token's file.
func (t *Tokens) read(id string) (Token, error) {
	if !idForm.MatchString(id) {
		return Token{}, ErrNoToken
	}
	b, err := os.ReadFile(t.path(id, ".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return Token{}, ErrNoToken
	}
	if err != nil {
		return Token{}, fmt.Errorf("reading token: %w", err)
	}
	var token Token
	if json.Unmarshal(b, &token) != nil || token.ID != id {
		return Token{}, fmt.Errorf("reading the token %s: its file is damaged, remove it", id)
	}
	return token, nil
}

// Find returns the principal that a token stands for. Errors are ErrNoToken,
// ErrRevoked, ErrExpired and those of the disk.
func (t *Tokens) Find(shown string) (Principal, error) {
	parts := tokenForm.FindStringSubmatch(shown)
	if parts == nil {
		return Principal{}, ErrNoToken
	}
	token, err := t.read(parts[1])
	if err != nil {
		return Principal{}, err
	}
	var kept Hash
	if n, err := hex.Decode(kept[:], []byte(token.Hash)); err != nil || n != len(kept) || !kept.Equal(HashOf(parts[2])) {
		return Principal{}, ErrNoToken
	}
	now := t.now()
	if err := token.stands(now); err != nil {
		return Principal{}, err
	}
	t.note(token.ID, now)
	return Principal{Subject: subjectOfToken + token.ID, Name: token.Name, Role: token.Role, Scope: token.Scope, Reason: token.Reason, Expires: token.Expires, Via: ViaToken, Owner: token.Owner}, nil
}

const subjectOfToken = "token "

// stands says why a token is not taken at an instant.
func (t Token) stands(now time.Time) error {
	switch {
	case !t.Revoked.IsZero():
		return ErrRevoked
	case !now.Before(t.Expires):
		return ErrExpired
	}
	return nil
}

// Stands says whether the token that p came with is taken still: for browsers that
// logged in with one.
func (t *Tokens) Stands(p Principal) error {
	token, err := t.read(strings.TrimPrefix(p.Subject, subjectOfToken))
	if err != nil {
		return err
	}
	return token.stands(t.now())
}

// note remembers that a token was used: as the time of a file beside its own. What
// cannot be noted stops nobody.
func (t *Tokens) note(id string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.noted[id]) < usedTime {
		return
	}
	path := t.path(id, ".used")
	if os.Chtimes(path, now, now) != nil {
		if os.WriteFile(path, nil, 0o600) != nil || os.Chtimes(path, now, now) != nil {
			return
		}
	}
	t.noted[id] = now
}

// List lists all tokens, the newest first.
func (t *Tokens) List() ([]Token, error) {
	entries, err := os.ReadDir(t.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the folder of tokens: %w", err)
	}
	var list []Token
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || !idForm.MatchString(id) {
			continue
		}
		token, err := t.read(id)
		if err != nil {
			return nil, err
		}
		if used, err := os.Stat(t.path(id, ".used")); err == nil {
			token.Used = used.ModTime().UTC().Truncate(time.Second)
		}
		list = append(list, token)
	}
	slices.SortFunc(list, func(a, b Token) int {
		if c := b.Created.Compare(a.Created); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list, nil
}

// Revoke ends a token at once and for good.
func (t *Tokens) Revoke(id string) error {
	token, err := t.read(id)
	if err != nil {
		return err
	}
	if !token.Revoked.IsZero() {
		return nil
	}
	token.Revoked = t.now().UTC().Truncate(time.Second)
	return t.keep(token)
}

// Usable reports whether there is a token that is taken.
func (t *Tokens) Usable() (bool, error) {
	list, err := t.List()
	return slices.ContainsFunc(list, func(k Token) bool { return k.stands(t.now()) == nil }), err
}
