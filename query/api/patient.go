package api

import (
	"net/http"
	"time"
)

// patient lets an answer take as long as it moves: the server's time limit counts
// from each write.
type patient struct {
	http.ResponseWriter
	since time.Time
}

func (p *patient) Write(b []byte) (int, error) {
	if now := time.Now(); now.Sub(p.since) > flushTime {
		p.since = now
		// What cannot be set is not limited either.
		_ = http.NewResponseController(p.ResponseWriter).SetWriteDeadline(now.Add(writeTime))
	}
	return p.ResponseWriter.Write(b)
}

func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }
