package archive

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/objecttest"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// sample makes an archive of three payloads of two sources, sealed in four steps
// on two days, and returns its data folder, its size after each step and the keys.
func sample(t testing.TB) (data string, sizes []uint64, keys []string) {
	t.Helper()
	data = tempDir(t)
	sizes, keys = fillSample(t, open(t, data))
	return data, sizes, keys
}

func fillSample(t testing.TB, a *Archive) (sizes []uint64, keys []string) {
	t.Helper()
	day := time.Date(2026, 3, 4, 23, 0, 0, 0, time.UTC)
	a.log.now = func() time.Time { return day }
	seal := func() {
		if err := a.Seal(context.Background()); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, a.log.n)
	}
	put := func(table schemas.Table, source, payload string, start uint64, rows int, final bool) {
		keys = append(keys, write(t, a, batch(table, source, payload, start, rows, final)).Key)
	}
	put(schemas.Events, "app", "aa", 0, 20, false)
	put(schemas.Flows, "aws_vpcflow", "bb", 0, 40, false)
	seal()
	put(schemas.Events, "app", "aa", 20, 20, false)
	seal()
	day = day.Add(2 * time.Hour)
	put(schemas.Events, "app", "aa", 40, 3, true)
	put(schemas.Events, "app", "cc", 0, 20, true)
	if _, err := a.Record(context.Background(), KindHold, map[string]string{"matter": "123"}); err != nil {
		t.Fatal(err)
	}
	sizes = append(sizes, a.log.n)
	put(schemas.Flows, "aws_vpcflow", "bb", 40, 9, true)
	seal()
	closeArchive(t, a)
	return sizes, keys
}

// vandal changes an archive's folder.
type vandal struct {
	testing.TB
	dir  string // archive folder
	keys []string
}

func (v vandal) path(key string) string { return filepath.Join(v.dir, filepath.FromSlash(key)) }

func (v vandal) must(err error) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
}

func (v vandal) read(key string) []byte {
	v.Helper()
	b, err := os.ReadFile(v.path(key))
	v.must(err)
	return b
}

func (v vandal) write(key string, b []byte) {
	v.Helper()
	v.must(os.MkdirAll(filepath.Dir(v.path(key)), 0o700))
	os.Remove(v.path(key))
	v.must(os.WriteFile(v.path(key), b, 0o600))
}

func (v vandal) remove(key string) { v.must(os.RemoveAll(v.path(key))) }

func (v vandal) change(key, from, to string) {
	v.Helper()
	b := v.read(key)
	if !bytes.Contains(b, []byte(from)) {
		v.Fatalf("%s has no %s", key, from)
	}
	v.write(key, bytes.Replace(b, []byte(from), []byte(to), 1))
}

// list returns the keys below a folder.
func (v vandal) list(prefix string) (keys []string) {
	v.Helper()
	s, err := OpenFolder(v.dir)
	v.must(err)
	v.must(s.List(context.Background(), prefix, func(i object.Info) error { keys = append(keys, i.Key); return nil }))
	return keys
}

// newest is the key of the newest checkpoint.
func (v vandal) newest() string {
	all := v.list(checkpointRoot)
	return all[len(all)-1]
}

func stranger(t testing.TB, origin string) *keyPair {
	t.Helper()
	k, err := makeKey(filepath.Join(t.TempDir(), "key"), origin)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sign puts another key's signature under a checkpoint.
func (v vandal) sign(key string, change func(*tlog.Checkpoint)) {
	c, err := tlog.ParseSigned(v.read(key))
	v.must(err)
	if change != nil {
		change(&c)
	}
	signed, err := c.Sign(stranger(v, c.Origin))
	v.must(err)
	v.write(key, signed)
}

// rollback puts the log back to what it was at a size, every trace of the leaves
// behind it gone.
func (v vandal) rollback(size uint64) {
	for _, prefix := range []string{checkpointRoot, claimRoot, receiptRoot} {
		for _, key := range v.list(prefix) {
			n, _ := numberIn(key, prefix)
			if prefix == checkpointRoot && n > size || prefix != checkpointRoot && n >= size {
				v.remove(key)
			}
		}
	}
	keep := map[string]bool{}
	for n := uint64(0); n <= size; n++ {
		v.must(tlog.Tiles(n, func(t tlog.Tile) error { keep[tileKey(t)] = true; return nil }))
	}
	for _, key := range v.list(tileRoot) {
		if !keep[key] {
			v.remove(key)
		}
	}
	v.remove(dayRoot)
}

// leaves are the log's, claim by claim.
func (v vandal) leaves() (claims [][]*Leaf) {
	for _, key := range v.list(claimRoot) {
		s, err := tlogOrigin(v.read(v.newest()))
		v.must(err)
		lines, err := unsignedClaim(v.read(key), s)
		v.must(err)
		var claim []*Leaf
		for _, line := range lines {
			l, err := parseLeaf(line)
			v.must(err)
			claim = append(claim, l)
		}
		claims = append(claims, claim)
	}
	return claims
}

func tlogOrigin(signed []byte) (string, error) {
	c, err := tlog.ParseSigned(signed)
	return c.Origin, err
}

// rewrite writes the log anew with other leaves, every hash and number right, as
// somebody would who knows the format: with the archive's own key if insider, else
// with another. keep are the parts that stay as they were.
func (v vandal) rewrite(insider bool, keep string, change func(claims [][]*Leaf) [][]*Leaf) {
	origin, err := tlogOrigin(v.read(v.newest()))
	v.must(err)
	key := stranger(v, origin)
	if insider {
		key, err = readKey(filepath.Join(filepath.Dir(v.dir), KeyFile))
		v.must(err)
	}
	s := new(objecttest.Memory)
	data := tempDir(v)
	v.must(os.Mkdir(filepath.Join(data, "keys"), 0o700))
	folder, err := OpenFolder(v.dir)
	v.must(err)
	look := func(ctx context.Context, k string) (Object, error) {
		b, err := folder.Get(ctx, k, nil)
		if err != nil {
			return Object{}, err
		}
		o, _, err := inspect(k, b)
		return o, err
	}
	l := &sealLog{store: s, data: data, key: key, look: look, seen: func(*Leaf) {}}
	ctx := context.Background()
	v.must(l.start(ctx))
	for _, claim := range change(v.leaves()) {
		var open []*Leaf
		for _, leaf := range claim {
			if leaf.Kind != KindDay {
				open = append(open, leaf)
			}
		}
		l.now = func() time.Time { return claim[len(claim)-1].Time }
		if _, err := l.claim(ctx, open, nil); err != nil {
			v.Fatal(err)
		}
	}
	for _, k := range v.list(logRoot) {
		if keep == "" || !strings.HasPrefix(k, keep) {
			v.remove(k)
		}
	}
	v.must(s.List(ctx, "", func(i object.Info) error {
		if keep != "" && strings.HasPrefix(i.Key, keep) {
			return nil
		}
		b, err := s.Get(ctx, i.Key, nil)
		v.write(i.Key, b)
		return err
	}))
}

// elsewhere is the bytes of an object that another archive made of like rows.
func (v vandal) elsewhere(payload string, rows int) (string, []byte) {
	data := tempDir(v)
	a := open(v, data)
	o := write(v, a, batch(schemas.Events, "app", payload, 0, rows, true))
	closeArchive(v, a)
	b, err := os.ReadFile(filepath.Join(data, Folder, o.Key))
	v.must(err)
	return o.Key, b
}

// tampering is a kind of it; place chooses where.
type tampering struct {
	name string
	want Status
	do   func(v vandal, place *mathrand.Rand)
}

func flip(b []byte, r *mathrand.Rand) []byte {
	b = bytes.Clone(b)
	b[r.IntN(len(b))] ^= 1 << r.IntN(8)
	return b
}

func pick(r *mathrand.Rand, keys []string) string { return keys[r.IntN(len(keys))] }

// one picks an object's leaf.
func one(r *mathrand.Rand, claims [][]*Leaf) (claim, at int) {
	for {
		claim = r.IntN(len(claims))
		at = r.IntN(len(claims[claim]))
		if claims[claim][at].Object != nil {
			return claim, at
		}
	}
}

var tamperings = []tampering{
	{"delete an object", Tampered, func(v vandal, r *mathrand.Rand) { v.remove(pick(r, v.keys)) }},
	{"delete a payload", Tampered, func(v vandal, r *mathrand.Rand) { v.remove(filepath.Dir(pick(r, v.keys))) }},
	{"delete all objects", Tampered, func(v vandal, _ *mathrand.Rand) { v.remove("v1") }},
	{"cut an object", Tampered, func(v vandal, r *mathrand.Rand) {
		k := pick(r, v.keys)
		b := v.read(k)
		v.write(k, b[:r.IntN(len(b))])
	}},
	{"append to an object", Tampered, func(v vandal, r *mathrand.Rand) {
		k := pick(r, v.keys)
		v.write(k, append(v.read(k), byte(r.Uint32())))
	}},
	{"flip a bit of an object", Tampered, func(v vandal, r *mathrand.Rand) { k := pick(r, v.keys); v.write(k, flip(v.read(k), r)) }},
	{"exchange two objects", Tampered, func(v vandal, r *mathrand.Rand) {
		i := r.IntN(len(v.keys))
		j := (i + 1 + r.IntN(len(v.keys)-1)) % len(v.keys)
		x, y := v.read(v.keys[i]), v.read(v.keys[j])
		v.write(v.keys[i], y)
		v.write(v.keys[j], x)
	}},
	{"rename an object", Tampered, func(v vandal, r *mathrand.Rand) {
		k := pick(r, v.keys)
		v.must(os.Rename(v.path(k), v.path(fmt.Sprintf("%s/%012d.parquet", filepath.Dir(k), 1000+r.IntN(1000)))))
	}},
	{"copy an object to another key", Tampered, func(v vandal, r *mathrand.Rand) {
		v.write(fmt.Sprintf("v1/f/%d/000000000000.parquet", r.IntN(99)), v.read(pick(r, v.keys)))
	}},
	{"edit a footer", Tampered, func(v vandal, r *mathrand.Rand) {
		v.change(pick(r, v.keys), `"scrubber":"1.2.3"`, fmt.Sprintf(`"scrubber":"1.2.%d"`, 4+r.IntN(6)))
	}},
	{"put another whole object in place", Tampered, func(v vandal, r *mathrand.Rand) {
		k, b := v.elsewhere("cc", 1+r.IntN(19))
		v.write(k, b)
	}},
	{"add a file", Tampered, func(v vandal, r *mathrand.Rand) {
		v.write(pick(r, []string{"README", "v1/notes", "v1/f/aa/x", "log/notes", "log/tile/0/x", "log/day/x", "log/claim/1", "z/z"}), []byte("hello"))
	}},
	{"add a whole object", Unknown, func(v vandal, r *mathrand.Rand) {
		k, b := v.elsewhere(fmt.Sprint("n", r.IntN(99)), 1+r.IntN(20))
		v.write(k, b)
	}},
	{"delete a checkpoint", Tampered, func(v vandal, r *mathrand.Rand) {
		all := v.list(checkpointRoot)
		v.remove(pick(r, all[:len(all)-1]))
	}},
	// The state that a process leaves that dies before its last step.
	{"delete the newest checkpoint", Unknown, func(v vandal, _ *mathrand.Rand) { v.remove(v.newest()) }},
	{"delete all checkpoints", Tampered, func(v vandal, _ *mathrand.Rand) { v.remove(checkpointRoot) }},
	{"flip a bit of a checkpoint", Tampered, func(v vandal, r *mathrand.Rand) {
		k := pick(r, v.list(checkpointRoot))
		v.write(k, flip(v.read(k), r))
	}},
	{"put a checkpoint in another's place", Tampered, func(v vandal, r *mathrand.Rand) {
		all := v.list(checkpointRoot)
		i := r.IntN(len(all))
		v.write(all[i], v.read(all[(i+1+r.IntN(len(all)-1))%len(all)]))
	}},
	{"sign a checkpoint with another key", Tampered, func(v vandal, r *mathrand.Rand) { v.sign(pick(r, v.list(checkpointRoot)), nil) }},
	{"sign a longer log with another key", Tampered, func(v vandal, r *mathrand.Rand) {
		size := uint64(20 + r.IntN(99))
		v.write(checkpointKey(size), v.read(v.newest()))
		v.sign(checkpointKey(size), func(c *tlog.Checkpoint) { c.Size = size })
	}},
	{"delete a claim", Tampered, func(v vandal, r *mathrand.Rand) { v.remove(pick(r, v.list(claimRoot))) }},
	{"flip a bit of a claim", Tampered, func(v vandal, r *mathrand.Rand) { k := pick(r, v.list(claimRoot)); v.write(k, flip(v.read(k), r)) }},
	{"claim more without the key", Unknown, func(v vandal, r *mathrand.Rand) {
		v.write(claimKey(8+uint64(r.IntN(50))), v.read(pick(r, v.list(claimRoot))))
	}},
	{"delete a tile", Tampered, func(v vandal, r *mathrand.Rand) { v.remove(pick(r, v.list(tileRoot+"0/"))) }},
	{"flip a bit of a tile", Tampered, func(v vandal, r *mathrand.Rand) { k := pick(r, v.list(tileRoot)); v.write(k, flip(v.read(k), r)) }},
	{"delete a bundle of leaves", Tampered, func(v vandal, r *mathrand.Rand) { v.remove(pick(r, v.list(tileRoot+"entries/"))) }},
	{"delete a day's manifest", Tampered, func(v vandal, r *mathrand.Rand) { v.remove(pick(r, v.list(dayRoot))) }},
	{"flip a bit of a day's manifest", Tampered, func(v vandal, r *mathrand.Rand) { k := pick(r, v.list(dayRoot)); v.write(k, flip(v.read(k), r)) }},
	{"delete the log", Tampered, func(v vandal, _ *mathrand.Rand) { v.remove(logRoot) }},
	{"put the log back", Unknown, func(v vandal, r *mathrand.Rand) { v.rollback(uint64(2 + r.IntN(2)*1)) }},
	{"drop a leaf and its object, and rewrite the log under the checkpoints", Tampered, func(v vandal, r *mathrand.Rand) {
		v.rewrite(false, checkpointRoot, func(c [][]*Leaf) [][]*Leaf {
			i, j := one(r, c)
			v.remove(c[i][j].Object.Key)
			if c[i] = append(c[i][:j], c[i][j+1:]...); len(c[i]) == 0 {
				c = append(c[:i], c[i+1:]...)
			}
			return c
		})
	}},
	{"drop a leaf and its object, and rewrite the log with another key", Tampered, func(v vandal, r *mathrand.Rand) {
		v.rewrite(false, "", func(c [][]*Leaf) [][]*Leaf {
			i, j := one(r, c)
			v.remove(c[i][j].Object.Key)
			if c[i] = append(c[i][:j], c[i][j+1:]...); len(c[i]) == 0 {
				c = append(c[:i], c[i+1:]...)
			}
			return c
		})
	}},
	{"edit an object and its leaf, and rewrite the log under the checkpoints", Tampered, func(v vandal, r *mathrand.Rand) {
		v.rewrite(false, checkpointRoot, func(c [][]*Leaf) [][]*Leaf {
			i, j := one(r, c)
			o := c[i][j].Object
			v.change(o.Key, `"scrubber":"1.2.3"`, fmt.Sprintf(`"scrubber":"1.2.%d"`, 4+r.IntN(6)))
			o.SHA256 = sum(v.read(o.Key))
			return c
		})
	}},
	{"exchange two leaves, and rewrite the log with another key", Tampered, func(v vandal, r *mathrand.Rand) {
		v.rewrite(false, "", func(c [][]*Leaf) [][]*Leaf {
			i, j := one(r, c)
			k, l := one(r, c)
			c[i][j], c[k][l] = c[k][l], c[i][j]
			c[i][j].Time, c[k][l].Time = c[i][0].Time, c[k][0].Time
			return c
		})
	}},
	{"seal an object twice, with the key", Tampered, func(v vandal, r *mathrand.Rand) {
		v.rewrite(true, "", func(c [][]*Leaf) [][]*Leaf {
			i, j := one(r, c)
			again := *c[i][j]
			o := *again.Object
			again.Object, again.Time = &o, c[len(c)-1][0].Time
			return append(c, []*Leaf{&again})
		})
	}},
	{"leave out a middle object, with the key", Tampered, func(v vandal, r *mathrand.Rand) {
		middle := v.keys[2*r.IntN(2)] // the first or the second of a payload's three
		v.remove(middle)
		v.rewrite(true, "", func(c [][]*Leaf) [][]*Leaf {
			for i := range c {
				for j := range c[i] {
					if o := c[i][j].Object; o != nil && o.Key == middle {
						c[i] = append(c[i][:j], c[i][j+1:]...)
						if len(c[i]) == 0 {
							c = append(c[:i], c[i+1:]...)
						}
						return c
					}
				}
			}
			return c
		})
	}},
	{"leave out a middle object's leaf, with the key", Unknown, func(v vandal, r *mathrand.Rand) {
		v.rewrite(true, "", func(c [][]*Leaf) [][]*Leaf { return without(c, v.keys[2*r.IntN(2)]) })
	}},
	{"say other counts in a leaf, with the key", Tampered, func(v vandal, r *mathrand.Rand) {
		v.rewrite(true, "", func(c [][]*Leaf) [][]*Leaf {
			i, j := one(r, c)
			c[i][j].Object.Tombstones += 1 + uint64(r.IntN(9))
			return c
		})
	}},
	{"put a link to it in an object's place", Tampered, func(v vandal, r *mathrand.Rand) {
		k := pick(r, v.keys)
		v.must(os.Rename(v.path(k), v.path("v1/elsewhere")))
		v.must(os.Symlink(v.path("v1/elsewhere"), v.path(k)))
	}},
}

// copyOf makes another archive's folder out of one, to be changed.
func copyOf(t testing.TB, data string) string {
	t.Helper()
	c := tempDir(t)
	if err := os.CopyFS(c, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(c, KeyFile), 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// Each kind of tampering in many places: the verifier and the second one find all.
func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	data, _, keys := sample(t)
	findsAll(t, tamperings, data, keys)
}

// rowsAlone ends the names of what shows in rows alone, which verify.py does not read.
const rowsAlone = "(rows alone)"

func findsAll(t *testing.T, tamperings []tampering, data string, keys []string) {
	t.Helper()
	places := long(2, 50)
	for _, c := range tamperings {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for place := range uint64(places) {
				data := copyOf(t, data)
				c.do(vandal{t, filepath.Join(data, Folder), keys}, mathrand.New(mathrand.NewPCG(place, 9)))
				r := verify(t, data)
				if r.Status != c.want || r.ExitCode() == 0 || len(r.Problems) == 0 {
					t.Fatalf("place %d: %+v", place, r)
				}
				// The second verifier does not read Parquet, so to it a whole object and
				// one that is none are both unsealed: unknown at least.
				if place == 0 && !strings.HasSuffix(c.name, rowsAlone) {
					if code := second(t, data); code == 0 || c.want == Unknown && code != r.ExitCode() {
						t.Errorf("place %d: verify.py says %d", place, code)
					}
				}
			}
		})
	}
}

// second runs the verifier that shares no code with this package.
func second(t testing.TB, data string) (exitCode int) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("the second verifier needs python3")
	}
	cmd := exec.Command(python, "verify.py", filepath.Join(data, Folder), filepath.Join(data, PubFile))
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code >= 0 && code <= 2 && !bytes.Contains(out, []byte("Traceback")) {
		return code
	}
	t.Fatalf("verify.py: %v\n%s", err, out)
	return -1
}

func TestSecondVerifierAgreesOnCleanArchives(t *testing.T) {
	t.Parallel()
	data, _, _ := sample(t)
	mustVerify(t, data)
	if code := second(t, data); code != 0 {
		t.Fatal(code)
	}
}

func TestVerifyCannotTell(t *testing.T) {
	t.Parallel()
	data, _, _ := sample(t)
	ctx := context.Background()
	dir := filepath.Join(data, Folder)
	pub, err := os.ReadFile(filepath.Join(data, PubFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir, pub string
		want     ProblemKind
	}{
		"no key":        {dir, "", NoKey},
		"malformed key": {dir, strings.Replace(string(pub), "+", "-", 1), NoKey},
		"no folder":     {filepath.Join(dir, "nowhere"), string(pub), NoArchive},
		"empty folder":  {tempDir(t), string(pub), NoArchive},
	} {
		s, err := OpenFolder(c.dir)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Verify(ctx, s, c.pub, Checks{})
		if err != nil || r.ExitCode() != 2 || len(r.Problems) != 1 || r.Problems[0].Kind != c.want {
			t.Errorf("%s: %+v %v", name, r, err)
		}
	}
	// With somebody else's key nothing here is signed: that is tampering.
	name, _, _ := strings.Cut(string(pub), "+")
	_, other, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := Verify(ctx, folder(t, data), other, Checks{}); r.ExitCode() != 1 {
		t.Errorf("%+v", r)
	}
}
