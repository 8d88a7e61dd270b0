package engine_test

import (
	"net"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/scrubline/scrubline/store/engine"
)

// TestGreetingThatBreaksOff proves the gap that the package's comment tells of: a client
// that is killed as it logs in takes the engine with it, and its owner is told. If it
// fails because the engine lives, the gap is closed: say so there.
func TestGreetingThatBreaksOff(t *testing.T) {
	var b proto.Buffer
	h := proto.ClientHello{Name: "client", Major: 26, Minor: 7, ProtocolVersion: 54460, Database: "system", User: engine.User}
	h.Encode(&b)
	for name, said := range map[string][]byte{"half of it": b.Buf[:len(b.Buf)/2], "all of it": b.Buf} {
		t.Run(name, func(t *testing.T) {
			e := open(t, t.TempDir())
			c, err := net.Dial("tcp", e.Addr)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Write(said); err != nil {
				t.Fatal(err)
			}
			if err := c.(*net.TCPConn).SetLinger(0); err != nil { // as a killed process's kernel does
				t.Fatal(err)
			}
			_ = c.Close()
			select {
			case <-e.Done():
			case <-time.After(time.Minute):
				t.Fatal("the engine lives")
			}
			if e.Err() == nil {
				t.Error("nobody says why it ended")
			}
		})
	}
}
