package identity

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// issuer is an identity provider that does what a test tells it to, good or bad.
// That logins work at a provider which is none of ours is tested in cmd/scrubline.
type issuer struct {
	*httptest.Server
	key    *rsa.PrivateKey
	claims map[string]any             // of the next ID token
	sign   func(claims string) string // nil: RS256 with key
	user   map[string]any             // of userinfo
	asked  url.Values                 // of the last token request
	doc    map[string]any             // of the discovery document, besides
}

// issuerKey is the key of all issuers: making one takes long.
var issuerKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func toJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := issuerKey()
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(toJSON(t, v)))
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		doc := map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"userinfo_endpoint": i.URL + "/userinfo", "id_token_signing_alg_values_supported": []string{"none", "HS256", "RS256"}}
		maps.Copy(doc, i.doc)
		answer(w, doc)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": "k", "alg": "RS256", "use": "sig",
			"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) { answer(w, i.user) })
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		i.asked = r.PostForm
		answer(w, map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": i.token(t)})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

// token makes the ID token.
func (i *issuer) token(t *testing.T) string {
	claims := b64([]byte(toJSON(t, i.claims)))
	if i.sign != nil {
		return i.sign(claims)
	}
	return i.rs256(t, map[string]any{"alg": "RS256", "kid": "k"}, claims)
}

func (i *issuer) rs256(t *testing.T, header map[string]any, claims string) string {
	t.Helper()
	text := b64([]byte(toJSON(t, header))) + "." + claims
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(sig)
}

// hs256 signs with a shared key.
func hs256(t *testing.T, key []byte, claims string) string {
	t.Helper()
	text := b64([]byte(toJSON(t, map[string]any{"alg": "HS256", "kid": "k"}))) + "." + claims
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(text))
	return text + "." + b64(h.Sum(nil))
}

// publicPEM is the issuer's public key as a file, the key of an attack that takes
// it for a shared one.
func (i *issuer) publicPEM(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(i.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// other signs with a key that the issuer does not publish.
func other(t *testing.T, header map[string]any, claims string) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := b64([]byte(toJSON(t, header))) + "." + claims
	return text + "." + b64(ed25519.Sign(key, []byte(text)))
}

// good are the claims of an ID token that holds.
func (i *issuer) good(nonce string) map[string]any {
	return map[string]any{"iss": i.URL, "sub": "u1", "aud": "scrubline", "exp": noon.Add(5 * time.Minute).Unix(), "iat": noon.Unix(), "nonce": nonce,
		"name": "Ann", "groups": []string{"staff", "soc"}}
}
