package components

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// kafkaHeap keeps a broker small: tests run several servers on one machine.
const kafkaHeap = "-Xmx256m"

// Kafka starts an Apache Kafka broker in KRaft mode, its own controller, and
// returns its address. It makes topics that are asked for, with 4 partitions. With
// Restart it goes on with the data it had.
func Kafka(t testing.TB) (addr string, p *KafkaProcess) {
	t.Helper()
	addr, _, p = kafka(t, func(addr string) string { return addr })
	return addr, p
}

// KafkaBehind is Kafka with a second way to it: before puts something in front of an
// address of the broker's, and whoever asks for brokers there is told of no other.
func KafkaBehind(t testing.TB, before func(addr string) (through string)) (addr, through string, p *KafkaProcess) {
	t.Helper()
	return kafka(t, before)
}

func kafka(t testing.TB, before func(string) string) (addr, through string, p *KafkaProcess) {
	t.Helper()
	lib, dir := find(t, "kafka"), t.TempDir()
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("kafka needs java 17")
	}
	addr = Address(t)
	behind := Address(t)
	through = before(behind)
	k := &KafkaProcess{t: t, java: java, lib: lib, dir: dir, addr: addr}
	if err := os.WriteFile(filepath.Join(dir, "server.properties"), []byte(kafkaProperties(addr, behind, through, Address(t), filepath.Join(dir, "log"))), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := k.command("kafka.tools.StorageTool", "format", "--standalone", "-t", "c2NydWJsaW5lLXRlc3QtMQ", "-c", "server.properties").CombinedOutput()
	if err != nil {
		t.Fatalf("formatting kafka's storage: %v\n%s", err, out)
	}
	k.Restart()
	return addr, through, k
}

// KafkaProcess is a broker that can be started again.
type KafkaProcess struct {
	*Process
	t              testing.TB
	java, lib, dir string
	addr           string
}

// Restart starts the broker, which must not run, on the data that it had.
func (k *KafkaProcess) Restart() {
	k.t.Helper()
	k.Process = Start(k.t, k.command("kafka.Kafka", "server.properties"), func(ctx context.Context) error {
		return k.ready(ctx)
	})
}

// ready asks the broker for its versions (ApiVersions, version 0), which it
// answers when it takes requests.
func (k *KafkaProcess) ready(ctx context.Context) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", k.addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.Write([]byte{0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff}); err != nil {
		return err
	}
	var head [10]byte
	if _, err := c.Read(head[:]); err != nil {
		return err
	}
	if head[8] != 0 || head[9] != 0 {
		return errors.New("kafka is not ready")
	}
	return nil
}

// command is a program of Kafka's.
func (k *KafkaProcess) command(class string, args ...string) *exec.Cmd {
	cmd := exec.Command(k.java, append([]string{
		kafkaHeap, "-Xms64m", "-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-cp", filepath.Join(k.lib, "*"), class}, args...)...)
	cmd.Dir = k.dir
	return cmd
}

func kafkaProperties(addr, behind, through, controller, log string) string {
	lines := []string{
		"process.roles=broker,controller", "node.id=1",
		fmt.Sprintf("listeners=PLAINTEXT://%s,BEHIND://%s,CONTROLLER://%s", addr, behind, controller),
		fmt.Sprintf("advertised.listeners=PLAINTEXT://%s,BEHIND://%s,CONTROLLER://%s", addr, through, controller),
		"controller.listener.names=CONTROLLER", "inter.broker.listener.name=PLAINTEXT",
		"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,BEHIND:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"controller.quorum.bootstrap.servers=" + controller,
		"log.dirs=" + log,
		"num.partitions=4", "auto.create.topics.enable=true",
		"offsets.topic.replication.factor=1", "offsets.topic.num.partitions=4",
		"transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1", "transaction.state.log.num.partitions=4",
		"share.coordinator.state.topic.replication.factor=1", "share.coordinator.state.topic.min.isr=1",
		"group.initial.rebalance.delay.ms=0",
		"log.retention.check.interval.ms=500", "log.segment.delete.delay.ms=0",
		"num.network.threads=2", "num.io.threads=2", "log.cleaner.dedupe.buffer.size=2097152", "log.cleaner.threads=1",
		"message.max.bytes=16777216",
	}
	return strings.Join(lines, "\n") + "\n"
}
