package components

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// SQS starts ElasticMQ, a server that speaks SQS's protocol, and returns its URL.
// Any account may use it. Of the servers that registries have it did as AWS
// documents in all that an input leans on, at a thousand messages a second; moto
// lacks StartMessageMoveTask and took half a second for ten messages, fauxqs lacks
// it too and takes any receipt. It differs from AWS in that a receipt of an earlier
// delivery is refused, a message may stay hidden beyond 12 hours, error codes have a
// prefix, and a queue is in memory only.
func SQS(t testing.TB) (endpoint string, p *Process) {
	t.Helper()
	lib, dir, addr := find(t, "elasticmq"), t.TempDir(), Address(t)
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("elasticmq needs java 17")
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "elasticmq.conf")
	text := fmt.Sprintf(`include classpath("application.conf")
node-address { protocol = http, host = "%s", port = %s, context-path = "" }
rest-sqs { enabled = true, bind-hostname = "%s", bind-port = %s, sqs-limits = strict }
rest-stats { enabled = false }
`, host, port, host, port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(java, "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dconfig.file="+conf,
		"-cp", filepath.Join(lib, "*"), "org.elasticmq.server.Main")
	cmd.Dir = dir
	endpoint = "http://" + addr
	return endpoint, Start(t, cmd, answers(endpoint+"/health"))
}
