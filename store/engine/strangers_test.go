package engine_test

import (
	"net"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/scrubline/scrubline/store/engine"
)

// TestStrangersDoNotEndIt: the engine outlives clients that are none, die in their
// greeting, name no known user, a wrong password or no known database.
func TestStrangersDoNotEndIt(t *testing.T) {
	e := open(t, t.TempDir())
	var b proto.Buffer
	h := proto.ClientHello{Name: "client", Major: 26, Minor: 7, ProtocolVersion: 54460, Database: "system", User: engine.User}
	h.Encode(&b)
	for name, text := range map[string]string{
		"half of a greeting": string(b.Buf[:len(b.Buf)/2]), "greeting without an end": string(b.Buf),
		"nothing": "", "http": "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "tls": "\x16\x03\x01\x02\x00\x01\x00",
		"bytes": "\xff\xfe\x00\x01\x02abcdefgh\xff\xff\xff\xff\xff",
	} {
		c, err := net.DialTimeout("tcp", e.Addr, 30*time.Second)
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err := c.Write([]byte(text)); err != nil {
			t.Error(name, err)
		}
		_ = c.(*net.TCPConn).SetLinger(0) // as a killed process's kernel does
		_ = c.Close()
		asked(t, name, e.Options())
	}
	for name, change := range map[string]func(*clickhouse.Options){
		"user":     func(o *clickhouse.Options) { o.Auth.Username = "nobody" },
		"password": func(o *clickhouse.Options) { o.Auth.Password = "x" },
		"database": func(o *clickhouse.Options) { o.Auth.Database = "none" },
	} {
		o := e.Options()
		change(o)
		c, err := clickhouse.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Ping(t.Context()); err == nil {
			t.Errorf("a wrong %s is taken", name)
		}
		_ = c.Close()
		asked(t, name, e.Options())
	}
}

// asked asks some questions, each over a connection of its own: what ends the engine
// ends it a moment later.
func asked(t *testing.T, after string, o *clickhouse.Options) {
	t.Helper()
	for range 10 {
		c, err := clickhouse.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		var one uint8
		if err := c.QueryRow(t.Context(), "SELECT 1 FROM numbers(1) WHERE NOT ignore(sleep(0.02))").Scan(&one); err != nil {
			t.Fatalf("after a wrong %s: %v", after, err)
		}
		_ = c.Close()
	}
}
