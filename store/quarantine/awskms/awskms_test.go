package awskms

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/quarantine"
	"github.com/scrubline/scrubline/store/quarantine/awskms/kmstest"
)

// key is a key of a server, through the SDK's own client.
func key(s *kmstest.Server, id string) *Key {
	return &Key{ID: id, Client: kms.New(kms.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(s.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})}
}

func open(t *testing.T, dir string, to seal.Recipient) *quarantine.Store {
	t.Helper()
	q, err := quarantine.Open(dir, quarantine.Options{Recipient: to, Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

func entry(n uint64) quarantine.Entry {
	return quarantine.Entry{PayloadID: "f/0a", Record: n, Code: "syntax", Origin: "/logs/app.log", Time: time.UnixMilli(1_700_000_000_000)}
}

func put(t *testing.T, q *quarantine.Store, n uint64, raw string) string {
	t.Helper()
	id, err := q.Put(t.Context(), entry(n), []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A folder has files sealed to a public key and to KMS; each opens with its own key,
// also when it is opened anew, and a data key is asked for once a file.
func TestFilesOfBothKinds(t *testing.T) {
	s := kmstest.New(t)
	inKMS := &seal.KMSKey{KMS: key(s, "alias/quarantine"), Name: "alias/quarantine"}
	pub, priv := filepath.Join(t.TempDir(), "pub"), filepath.Join(t.TempDir(), "priv")
	to, err := seal.GenerateKey(pub, priv)
	if err != nil {
		t.Fatal(err)
	}
	private, err := seal.ReadPrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	q := open(t, dir, to)
	one := put(t, q, 1, "to the public key")
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, dir, inKMS)
	two, three := put(t, q, 2, "to KMS"), put(t, q, 3, "to KMS too")
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if n := s.Keys.Load(); n != 1 {
		t.Errorf("%d data keys", n)
	}
	q = open(t, dir, nil)
	for id, want := range map[string]string{one: "to the public key", two: "to KMS", three: "to KMS too"} {
		for _, keys := range []seal.Keys{{private, inKMS}, {inKMS, private}} {
			if _, origin, raw, err := q.Open(t.Context(), id, keys); err != nil || string(raw) != want || origin != "/logs/app.log" {
				t.Errorf("%q %q %v", raw, origin, err)
			}
		}
	}
	if _, _, _, err := q.Open(t.Context(), one, inKMS); !errors.Is(err, seal.ErrOtherKey) {
		t.Error(err)
	}
	if _, _, _, err := q.Open(t.Context(), two, private); !errors.Is(err, seal.ErrOtherKey) {
		t.Error(err)
	}
	s.Denied.Store(true)
	if _, _, raw, err := q.Open(t.Context(), two, inKMS); err == nil || raw != nil {
		t.Error("opened without the permission")
	}
	s.Denied.Store(false)
	if st := q.Stats(); st.Entries != 3 || st.Damaged != 0 {
		t.Errorf("%+v", st)
	}
}

// While KMS is down nothing is kept, in clear or at all, and Put waits; then it goes on.
func TestDownFailsClosed(t *testing.T) {
	s := kmstest.New(t)
	s.Down.Store(true)
	k := key(s, kmstest.ARN)
	waited := make(chan error, 100)
	k.Waiting = func(err error) {
		select {
		case waited <- err:
		default:
		}
	}
	dir := t.TempDir()
	q := open(t, dir, &seal.KMSKey{KMS: k, Name: kmstest.ARN})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	put := func() { _, err := q.Put(ctx, entry(1), []byte("PLAIN")); ended <- err }
	go put()
	<-waited
	cancel()
	if err := <-ended; err == nil {
		t.Fatal("kept without a key")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.slq"))
	if err != nil || len(files) != 0 || q.Stats().Entries != 0 {
		t.Fatal(files, err)
	}
	ctx = t.Context()
	go put()
	<-waited
	<-waited
	s.Down.Store(false)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err := q.Sync(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	files, _ = filepath.Glob(filepath.Join(dir, "*.slq"))
	b, err := os.ReadFile(files[0])
	if err != nil || bytes.Contains(b, []byte("PLAIN")) {
		t.Fatal("in clear", err)
	}
}

// What another try does not change is said at once.
func TestWrongKeyIsSaid(t *testing.T) {
	s := kmstest.New(t)
	q := open(t, t.TempDir(), &seal.KMSKey{KMS: key(s, "alias/none"), Name: "alias/none"})
	if _, err := q.Put(t.Context(), entry(1), []byte("x")); err == nil || errors.Is(err, quarantine.ErrFull) {
		t.Fatal(err)
	}
}

// A changed header opens nothing, and a file that ends inside of it is begun anew.
func TestChangedHeader(t *testing.T) {
	s := kmstest.New(t)
	inKMS := &seal.KMSKey{KMS: key(s, kmstest.ARN), Name: kmstest.ARN}
	dir := t.TempDir()
	q := open(t, dir, inKMS)
	id := put(t, q, 1, "x")
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.slq"))
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for at := range len(whole) {
		changed := bytes.Clone(whole)
		changed[at] ^= 1
		if err := os.WriteFile(files[0], changed, 0o600); err != nil {
			t.Fatal(err)
		}
		q := open(t, dir, nil)
		if _, _, raw, err := q.Open(t.Context(), id, inKMS); err == nil {
			t.Fatalf("byte %d changed: %q", at, raw)
		}
		_ = q.Close()
	}
	if err := os.WriteFile(files[0], whole[:60], 0o600); err != nil {
		t.Fatal(err)
	}
	q = open(t, dir, inKMS)
	put(t, q, 1, "x")
}
