package pipeline

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// TestEveryFormatIsCounted: what is not damaged gives as many events as it has
// records, no tombstone, in the archive and in the sink.
func TestEveryFormatIsCounted(t *testing.T) {
	r := newRig(t, nil)
	var ps []payload
	want := map[string]uint64{}
	for i, k := range kinds {
		for _, n := range []int{1, 4, 11} { // one batch, exactly one, several
			p := log(k, 100*i+n, n)
			ps = append(ps, p)
			want[p.name] = uint64(n + k.plus)
		}
	}
	got := r.mustRun(r.config(), ps...)
	rows := r.rows()
	for name, n := range want {
		if g := got[name]; g.Events != n || g.Tombstones != 0 || g.Error != "" || rows[name] != n || r.sink.(*memory).origins[name] != n {
			t.Errorf("%s: want %d events, got %+v, %d rows archived, %d inserted", name, n, g, rows[name], r.sink.(*memory).origins[name])
		}
	}
}

// damage is what may happen to a payload on its way.
func damage(t *rapid.T, raw []byte) []byte {
	raw = append([]byte(nil), raw...)
	at := func() int { return rapid.IntRange(0, max(0, len(raw)-1)).Draw(t, "at") }
	switch rapid.SampledFrom([]string{"none", "none", "cut", "flip", "nul", "junk", "long", "empty", "gzip", "gzip cut", "gzip flip"}).Draw(t, "damage") {
	case "cut":
		raw = raw[:at()]
	case "flip":
		raw[at()] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
	case "nul":
		raw[at()] = 0
	case "junk":
		i := at()
		raw = append(raw[:i:i], append(rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(t, "junk"), raw[i:]...)...)
	case "long":
		i := at()
		raw = append(raw[:i:i], append(make([]byte, 40<<10), raw[i:]...)...)
		for k := range 40 << 10 {
			raw[i+k] = 'x'
		}
	case "empty":
		raw = nil
	case "gzip":
		raw = zip(raw)
	case "gzip cut":
		raw = zip(raw)
		raw = raw[:at()]
	case "gzip flip":
		raw = zip(raw)
		raw[at()] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
	}
	return raw
}

// TestConservation: whatever comes in, for each payload records = events +
// tombstones = rows in the archive = rows in the sink, none twice, and a second
// run over the same changes nothing.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t, nil)
		defer r.close()
		cfg := r.config()
		cfg.Options.Limits = ingest.DefaultLimits
		cfg.Options.Limits.Record = 16 << 10
		cfg.BatchRows = rapid.IntRange(1, 9).Draw(rt, "rows of a batch")
		cfg.Workers = rapid.IntRange(1, 3).Draw(rt, "workers")
		var ps []payload
		for i := range rapid.IntRange(1, 4).Draw(rt, "payloads") {
			p := log(rapid.SampledFrom(kinds).Draw(rt, "kind"), 1000*i, rapid.IntRange(0, 12).Draw(rt, "records"))
			if len(p.raw) > 0 {
				p.raw = damage(rt, p.raw)
			}
			ps = append(ps, p)
		}
		first := r.mustRun(cfg, ps...)
		conserved(rt, r, first, len(ps))
		digest, inserts := r.digest(), r.sink.(*memory).inserts
		r.reborn()
		cfg.Archive, cfg.Quarantine = r.archive, r.quar
		second := r.mustRun(cfg, ps...)
		conserved(rt, r, second, len(ps))
		if r.digest() != digest || r.sink.(*memory).inserts != inserts {
			rt.Fatal("the second run changed something")
		}
	})
}

func conserved(t rapid.TB, r *rig, got map[string]Result, payloads int) {
	t.Helper()
	if len(got) != payloads {
		t.Fatalf("%d of %d payloads were reported", len(got), payloads)
	}
	rows := r.rows()
	for name, res := range got {
		if n := r.sink.(*memory).origins[name]; res.Records != rows[name] || res.Records != n {
			t.Fatalf("%s: %d records, %d rows archived, %d inserted", name, res.Records, rows[name], n)
		}
		if res.Records == 0 && res.Bytes > 0 && res.Error == "" && len(name) == 0 {
			t.Fatalf("%s vanished", name)
		}
	}
}

// TestConservationInClickHouse is the same promise with the real engine, over all
// formats, some damaged.
func TestConservationInClickHouse(t *testing.T) {
	store := clickHouse(t)
	r := newRig(t, store)
	var ps []payload
	for i, k := range kinds {
		whole, cut := log(k, 1000*i, 30), log(k, 1000*i+500, 30)
		cut.raw = zip(cut.raw)
		cut.raw = cut.raw[:len(cut.raw)*2/3]
		ps = append(ps, whole, cut)
	}
	want := uint64(0)
	for run := range 2 {
		got := r.mustRun(r.config(), ps...)
		records := uint64(0)
		for name, n := range r.rows() {
			if got[name].Records != n {
				t.Errorf("%s: %d records, %d rows archived", name, got[name].Records, n)
			}
			records += n
		}
		rows := uint64(0)
		for _, table := range []schemas.Table{schemas.Events, schemas.Flows} {
			var n, physical uint64
			q := fmt.Sprintf("SELECT uniqExact(batch, record_no), count() FROM %s", table)
			if err := store.Conn().QueryRow(t.Context(), q).Scan(&n, &physical); err != nil {
				t.Fatal(err)
			}
			if n != physical {
				t.Errorf("%s: %d rows, %d with copies", table, n, physical)
			}
			rows += n
		}
		if rows != records || run > 0 && records != want {
			t.Errorf("run %d: %d records, %d rows in clickhouse", run, records, rows)
		}
		want = records
	}
	for e, err := range store.Batches(t.Context()) {
		if err != nil || len(e.SHA256) != 64 {
			t.Fatalf("the ledger's hash of %s is %q, %v", e.Batch, e.SHA256, err)
		}
	}
}

// TestWorkersDoNotMatter: the archive is the same for one worker and for four.
func TestWorkersDoNotMatter(t *testing.T) {
	digests := map[string]int{}
	for _, workers := range []int{1, 4} {
		r := newRig(t, nil)
		var ps []payload
		for i, k := range kinds {
			ps = append(ps, log(k, 1000*i, 25), log(k, 1000*i+500, 3))
		}
		cfg := r.config()
		cfg.Workers, cfg.BatchRows = workers, 5+workers
		r.mustRun(cfg, ps...)
		digests[r.digest()] = workers
	}
	if len(digests) != 1 {
		t.Error(digests)
	}
}

// TestLedgerSparesReading: a payload that is archived and inserted whole is not
// offered again, unless the sink is in doubt.
func TestLedgerSparesReading(t *testing.T) {
	r := newRig(t, nil)
	m := r.sink.(*memory)
	p := log(kinds[0], 0, 11)
	r.mustRun(r.config(), p)
	r.mustRun(r.config(), p)
	if m.doubts != 0 {
		t.Errorf("%d batches were offered again", m.doubts)
	}
	cfg := r.config()
	cfg.Doubt = true
	r.mustRun(cfg, p)
	if m.doubts != 3 {
		t.Errorf("%d batches were offered again, want all 3", m.doubts)
	}
	for k, h := range m.ledger { // another content than the archive's, or fewer rows
		m.ledger[k] = clickhouse.Held{Rows: h.Rows, SHA256: "0"}
		break
	}
	r.mustRun(r.config(), p)
	if m.doubts != 4 {
		t.Errorf("%d batches were offered again, want the one that differs", m.doubts-3)
	}
}
