package components

import (
	"net/http"
	"testing"
)

func TestMinIO(t *testing.T) {
	endpoint, p := MinIO(t)
	p.Kill()
	if resp, err := http.Get(endpoint); err == nil {
		resp.Body.Close()
		t.Error("it answers after its end")
	}
}
