package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
)

// whoAnswer is a principal as it is told to itself.
type whoAnswer struct {
	Subject     string         `json:"subject"`
	Recorded    string         `json:"recorded"` // the subject as it stands in events of who asked
	Name        string         `json:"name"`
	Role        identity.Role  `json:"role"`
	Via         identity.Via   `json:"via"`
	Scope       identity.Scope `json:"scope"`
	Reason      string         `json:"reason"`
	NeedsReason bool           `json:"needs_reason"`
	Expires     string         `json:"expires,omitempty"`
	Reveals     bool           `json:"reveals"` // quarantined records can be seen here, by two people
}

func (s *Server) newWho(p identity.Principal) whoAnswer {
	return whoAnswer{Subject: p.Subject, Recorded: audit.Recorded(p.Subject), Name: p.Name, Role: p.Role, Via: p.Via, Scope: p.Scope, Reason: p.Reason,
		NeedsReason: p.Role == identity.Auditor && p.Reason == "", Expires: stamp(p.Expires), Reveals: s.opt.Reveals != nil}
}

// whoami serves GET /v1/whoami.
func (s *Server) whoami(w http.ResponseWriter, r *http.Request) {
	p, _ := identity.From(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(appendJSON(s.newWho(p))(nil), '\n'))
}

// Length of a reason, in characters.
const (
	minReason = 5
	maxReason = 500
)

var (
	errReason    = errors.New(`send {"reason": "…"}, of 5 to 500 characters in one line`)
	errNoSession = errors.New("a reason is given in a browser's session; that of a token stands in the token")
)

// sayReason serves POST /v1/reason: what whoever is logged in needs the answers for.
func (s *Server) sayReason(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Reason string `json:"reason"`
	}
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, &body)
	}
	reason := strings.TrimSpace(body.Reason)
	if n := utf8.RuneCountInString(reason); err != nil || n < minReason || n > maxReason || strings.ContainsFunc(reason, unicode.IsControl) {
		writeProblem(w, r, problem{Status: http.StatusBadRequest, Kind: "bad-parameter", Param: "reason", Detail: errReason.Error()})
		return
	}
	secret, ok := s.auth.cookie(r)
	p, _ := identity.From(r.Context())
	p.Reason = reason
	e := entryOf(r.WithContext(identity.With(r.Context(), p)))
	if e.Action = audit.Say; s.record(e) != nil {
		writeProblem(w, r, problemOf(errNotRecorded))
		return
	}
	if r.Header.Get("Authorization") != "" || !ok || !s.auth.sessions.Say(secret, reason, s.auth.access.Workspace) {
		writeProblem(w, r, problem{Status: http.StatusConflict, Kind: "no-session", Detail: errNoSession.Error()})
		return
	}
	s.opt.Log.Info().Str("audit", "reason").Str("request", requestID(r)).Str("who", p.Subject).Str("from", r.RemoteAddr).Msg("reason given")
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(appendJSON(s.newWho(p))(nil), '\n'))
}
