package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/store/archive"
)

// TestKillOverKafka: run reads a topic of a real broker and is killed, kill -9, again
// and again, as the broker is now and then. In the end each message is there once,
// in the archive and in ClickHouse, and the archive verifies.
func TestKillOverKafka(t *testing.T) {
	if testing.Short() {
		t.Skip("a broker takes its time")
	}
	kills := 4
	if s := os.Getenv("SCRUBLINE_KILLS"); s != "" {
		kills, _ = strconv.Atoi(s)
	}
	addr, broker := components.Kafka(t)
	dir := filepath.Join(t.TempDir(), "data")
	config := filepath.Join(t.TempDir(), "scrubline.yaml")
	if err := os.WriteFile(config, overKafka(addr), 0o600); err != nil {
		t.Fatal(err)
	}
	sent := 0
	send := topic(t, addr, &sent)
	send(500)
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for i := range kills {
		c := proc(t, "run", "--data", dir, "--config", config, "--listen", "127.0.0.1:0")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		send(500)
		time.Sleep(time.Duration(r.Int64N(int64(3 * time.Second))))
		if i%4 == 3 {
			broker.Kill()
			broker.Restart()
		}
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	checkTopic(t, dir, config, sent)
	t.Logf("%d kills, %d messages", kills, sent)
}

// overKafka is a configuration.
func overKafka(addr string) []byte {
	return fmt.Appendf(nil, "inputs:\n  kafka:\n    - brokers: [%s]\n      topics: [{name: logs}]\n      window: 200ms\n", addr)
}

// topic returns what sends n messages more to the topic logs; sent counts them.
func topic(t *testing.T, addr string, sent *int) (send func(n int)) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.AllowAutoTopicCreation(), kgo.DefaultProduceTopic("logs"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return func(n int) {
		t.Helper()
		var rs []*kgo.Record
		for range n {
			rs = append(rs, kgo.StringRecord(fmt.Sprintf("level=info msg=%d", *sent)))
			*sent++
		}
		if err := client.ProduceSync(t.Context(), rs...).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// checkTopic runs until all messages of a topic are archived, and compares.
func checkTopic(t *testing.T, dir, config string, sent int) {
	t.Helper()
	c := proc(t, "run", "--data", dir, "--config", config, "--listen", "127.0.0.1:0")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill() }()
	t.Setenv("SCRUBLINE_ENGINE", library(t))
	g := &globals{Data: dir, Config: config, Log: "error"}
	late := time.Now().Add(2 * time.Minute)
	rows, before := uint64(0), uint64(0)
	for ; rows < uint64(sent) && time.Now().Before(late); time.Sleep(time.Second) {
		if rows > before { // as long as there are more it goes on
			before, late = rows, time.Now().Add(2*time.Minute)
		}
		rows = 0
		a, err := archive.Open(t.Context(), dir, archive.Options{})
		if err != nil {
			continue
		}
		_ = a.Walk(t.Context(), nil, func(o archive.Object) error {
			if o.Meta.Source == "app" { // besides what is on record of run itself
				rows += o.Rows
			}
			return nil
		})
		_ = a.Close(t.Context())
	}
	_ = c.Process.Signal(os.Interrupt)
	_ = c.Wait()
	n, err := g.openNode(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.close() }()
	var inserted, distinct uint64
	if err := n.store.Conn().QueryRow(t.Context(), "SELECT uniqExact(batch, record_no), uniqExact(native) FROM events WHERE source = 'app'").Scan(&inserted, &distinct); err != nil {
		t.Fatal(err)
	}
	if rows != uint64(sent) || inserted != uint64(sent) || distinct != uint64(sent) {
		t.Errorf("%d messages, %d rows archived, %d inserted, %d different ones", sent, rows, inserted, distinct)
	}
	for a, err := range n.store.Accounts(t.Context()) {
		if err != nil || !a.Balanced() || a.Tombstones > 0 {
			t.Errorf("%+v, %v", a, err)
		}
	}
	output(t, "archive", "verify", "--data", dir)
}
