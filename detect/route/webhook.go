package route

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Webhook posts the alert as JSON. The header Scrubline-Signature is
//
//	t=<Unix seconds>,v1=<hex HMAC-SHA-256 under the secret of "<t>.<body>">
//
// and Idempotency-Key is the notice's id, the same in every try.
type Webhook struct {
	Client *Client
	URL    string
	Secret []byte
	OCSF   bool             // the body is an OCSF Detection Finding
	Now    func() time.Time // nil: time.Now
}

// Message is a webhook's body.
type Message struct {
	ID    string         `json:"id"`
	Title string         `json:"title"`
	Alert any            `json:"alert"`
	Link  string         `json:"link,omitempty"`
	More  map[string]int `json:"more,omitempty"`
}

// Body returns the notice as JSON, as a Message or an OCSF Detection Finding.
func (n *Notice) Body(ocsf bool) []byte {
	var v any = Message{n.ID, n.Title(), n.Alert, n.Link, n.More}
	if ocsf {
		v = n.finding()
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil // structs of strings and numbers always marshal
	}
	return b
}

// Send implements Route.
func (w *Webhook) Send(ctx context.Context, n *Notice) error {
	now := time.Now
	if w.Now != nil {
		now = w.Now
	}
	body := n.Body(w.OCSF)
	h := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {n.ID}}
	if len(w.Secret) > 0 {
		h.Set("Scrubline-Signature", Sign(w.Secret, now(), body))
	}
	return w.Client.Post(ctx, http.MethodPost, w.URL, h, body)
}

// Sign returns the signature header of a body.
func Sign(secret []byte, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	h := hmac.New(sha256.New, secret)
	_, _ = h.Write([]byte(t + "."))
	_, _ = h.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(h.Sum(nil))
}
