package api

import (
	"net/http"
	"strings"

	"github.com/scrubline/scrubline/query/web"
)

// home serves the page to browsers that are logged in, logs in those that bring
// a link's token, and asks the others for the token.
func (s *Server) home(page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if secret := r.URL.Query().Get("token"); secret != "" {
			// A browser that loads ahead must not spend the link.
			if strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			if !s.auth.useLink(secret) {
				web.SignIn(w, http.StatusUnauthorized, "This login link was used before or is not from this server.")
				return
			}
			s.startSession(w, r)
			return
		}
		if s.auth.who(r) == "" {
			web.SignIn(w, http.StatusUnauthorized, "")
			return
		}
		page.ServeHTTP(w, r)
	})
}

// login takes the bearer token from the sign-in form.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	if err := r.ParseForm(); err != nil || !s.auth.isToken(strings.TrimSpace(r.PostForm.Get("token"))) {
		web.SignIn(w, http.StatusUnauthorized, "That is not the token this server was started with.")
		return
	}
	s.startSession(w, r)
}

func (s *Server) startSession(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: s.auth.newSession(), Path: "/", MaxAge: int(sessionTime.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	s.opt.Log.Info().Str("request", requestID(r)).Msg("browser logged in")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(cookieName); err == nil && s.auth.who(r) == "page" {
		s.auth.endSession(c.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
