package components

import (
	"net/http"
	"testing"
)

func TestVersityGW(t *testing.T) {
	endpoint, p := VersityGW(t)
	p.Kill()
	if resp, err := http.Get(endpoint); err == nil {
		resp.Body.Close()
		t.Error("it answers after its end")
	}
}
