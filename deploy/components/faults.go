package components

import (
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Faults puts a proxy before the server at a URL and returns the proxy's URL. What
// goes wrong on the way is toxics of toxiproxy, in its own JSON, for example
// {"type":"reset_peer","stream":"downstream","toxicity":0.1,"attributes":{"timeout":20}};
// toxicity is the share of connections that they befall.
func Faults(t testing.TB, url string, toxics ...string) (through string) {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	addr := Address(t)
	p := toxiproxy.NewProxy(server, "faults", addr, strings.TrimPrefix(url, "http://"))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	for _, toxic := range toxics {
		if _, err := p.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			t.Fatal(err)
		}
	}
	return "http://" + addr
}
