package identity

import (
	"io"
	"net/http"
)

// maxAnswer is the most that is read of a provider's answer, in bytes.
const maxAnswer = 1 << 20

// bounded cuts answers that are too long.
type bounded struct{ http.RoundTripper }

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = &boundedBody{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

type boundedBody struct {
	io.Reader
	io.Closer
}
