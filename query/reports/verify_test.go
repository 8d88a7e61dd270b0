package reports

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// repack makes a ZIP file of files.
func repack(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func verify(data []byte, public string) Verified {
	return Verify(bytes.NewReader(data), int64(len(data)), public)
}

// TestVerify: a pack is good by its key, and every change to it is found.
func TestVerify(t *testing.T) {
	s, a := newWeek(t)
	data, m := makePack(t, s, week())
	v := verify(data, a.public)
	if v.Status != Good || v.ExitCode() != 0 || v.Files != len(m.Files) || v.Reports < 20 || len(v.Problems) > 0 {
		t.Fatalf("%+v", v)
	}
	csv := reportsFolder + "R13-retention-coverage.csv"
	// resign signs a changed manifest with the archive's own key.
	resign := func(f map[string][]byte, change func(*Manifest)) {
		var m Manifest
		if err := json.Unmarshal(f[manifestFile], &m); err != nil {
			t.Fatal(err)
		}
		change(&m)
		b, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		f[manifestFile] = b
		if f[signatureFile], err = a.Sign(packHead + "\n" + hex.EncodeToString(sum[:]) + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		change func(f map[string][]byte)
		kind   string
		status string
	}{
		{"a row is changed", func(f map[string][]byte) {
			f[csv] = bytes.Replace(f[csv], []byte(",partial,"), []byte(",complete,"), 1)
		}, "changed", Tampered},
		{"a row is gone", func(f map[string][]byte) { f[csv] = f[csv][:bytes.LastIndexByte(f[csv][:len(f[csv])-1], '\n')+1] }, "changed", Tampered},
		{"a report is gone", func(f map[string][]byte) { delete(f, csv) }, "missing", Tampered},
		{"a file is added", func(f map[string][]byte) { f["reports/R99.csv"] = []byte("x") }, "foreign", Tampered},
		{"the cover is another", func(f map[string][]byte) { f[coverFile] = append(f[coverFile], '\n') }, "changed", Tampered},
		{"the manifest is changed with the file", func(f map[string][]byte) {
			old := sha256.Sum256(f[csv])
			f[csv] = append(f[csv], '\n')
			sum := sha256.Sum256(f[csv])
			f[manifestFile] = bytes.Replace(f[manifestFile], []byte(hex.EncodeToString(old[:])), []byte(hex.EncodeToString(sum[:])), 1)
		}, "signature", Tampered},
		{"the signature is gone", func(f map[string][]byte) { delete(f, signatureFile) }, "manifest", Tampered},
		{"the signature is the checkpoint's", func(f map[string][]byte) { f[signatureFile] = f[checkpointFile] }, "signature", Tampered},
		{"a check is typed in by whoever has the key", func(f map[string][]byte) {
			resign(f, func(m *Manifest) {
				for i := range m.Reports {
					if m.Reports[i].ID == "R13" {
						m.Reports[i].Checks[3].Passed = true
					}
				}
			})
		}, "check", Tampered},
		{"a state is typed in by whoever has the key", func(f map[string][]byte) { resign(f, func(m *Manifest) { m.Crosswalk[0].State = Met }) }, "crosswalk", Tampered},
		{"the manifest names another checkpoint", func(f map[string][]byte) { resign(f, func(m *Manifest) { m.Checkpoint.Size++ }) }, "checkpoint", Tampered},
		{"a later format", func(f map[string][]byte) { resign(f, func(m *Manifest) { m.Format++ }) }, "manifest", Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := unpack(t, data)
			c.change(files)
			v := verify(repack(t, files), a.public)
			if v.Status != c.status || !slices.ContainsFunc(v.Problems, func(p Problem) bool { return p.Kind == c.kind }) {
				t.Errorf("%s, %+v", v.Status, v.Problems)
			}
		})
	}
	t.Run("keys", func(t *testing.T) {
		other := newFakeKey(t)
		for public, want := range map[string]string{other: Tampered, "": Unknown, "nonsense": Unknown} {
			if v := verify(data, public); v.Status != want {
				t.Errorf("key %q: %s %+v", public, v.Status, v.Problems)
			}
		}
	})
	t.Run("torn", func(t *testing.T) {
		for _, n := range []int{0, 1, len(data) / 2, len(data) - 1} {
			if v := verify(data[:n], a.public); v.ExitCode() != 1 {
				t.Errorf("%d bytes: %s", n, v.Status)
			}
		}
	})
	t.Run("any byte", func(t *testing.T) { flips(t, data, a.public) })
}

// flips changes bytes all over the pack: if it still verifies, what anybody would
// read of it is what was signed.
func flips(t *testing.T, data []byte, public string) {
	want := unpack(t, data)
	found := 0
	for at := 3; at < len(data); at += 20011 {
		changed := slices.Clone(data)
		changed[at] ^= 1 << (at % 8)
		if verify(changed, public).Status == Good {
			for name, text := range unpack(t, changed) {
				if !bytes.Equal(text, want[name]) {
					t.Fatalf("byte %d: %s changed and nobody noticed", at, name)
				}
			}
			continue
		}
		found++
	}
	if found < 20 {
		t.Errorf("only %d changes were found", found)
	}
}

// TestVacuousChecks: nothing to look at is no evidence.
func TestVacuousChecks(t *testing.T) {
	s, _ := newWeek(t)
	req := week()
	req.From, req.Until = req.From.AddDate(-1, 0, 0), req.Until.AddDate(-1, 0, 0)
	_, m := makePack(t, s, req)
	for _, c := range m.Crosswalk {
		if c.State == Met {
			t.Errorf("a year without records: %s is met by %s", c.ID, strings.Join(c.Passed, ", "))
		}
	}
}
