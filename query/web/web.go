package web

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var files embed.FS

// policy lets the page load its own files and ask its own server, nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// mediaTypes of the files there are; the machine's own table is not asked, it
// differs.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Handler serves the page at / and its files under /assets/. The page holds no
// data, so the files need no login; what they ask the API for does.
func Handler() http.Handler {
	root, err := fs.Sub(files, "static")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		b, err := fs.ReadFile(root, name)
		if err != nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", mediaTypes[path.Ext(name)])
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(b)
	})
}

var signIn = template.Must(template.ParseFS(files, "static/signin.html"))

// SignInOptions are what the sign-in page says.
type SignInOptions struct {
	Message  string // what went wrong, or ""
	Provider string // name of the identity provider, or "" for none
	Next     string // path and query to go to afterwards, or ""
}

// SignIn answers a browser that is not logged in: a link to the identity provider, and
// a form for a token.
func SignIn(w http.ResponseWriter, code int, o SignInOptions) {
	var b bytes.Buffer
	if err := signIn.Execute(&b, o); err != nil {
		http.Error(w, "the sign-in page is broken", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", mediaTypes[".html"])
	w.Header().Set("Content-Security-Policy", policy)
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes())
}
