package identity

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func newToken(t *testing.T, tokens *Tokens, change func(*Token)) (Token, string) {
	t.Helper()
	want := Token{Name: "siem", Role: Analyst, Scope: Scope{Tenant: "a", Sources: []string{"app"}, ReadOnly: true}, Expires: noon.Add(time.Hour)}
	if change != nil {
		change(&want)
	}
	token, shown, err := tokens.Create(want)
	if err != nil {
		t.Fatal(err)
	}
	return token, shown
}

func TestTokens(t *testing.T) {
	now := noon
	dir := filepath.Join(t.TempDir(), "service")
	tokens := OpenTokens(dir, func() time.Time { return now })
	if list, err := tokens.List(); err != nil || list != nil {
		t.Fatal(list, err)
	}
	token, shown := newToken(t, tokens, nil)
	p, err := tokens.Find(shown)
	if err != nil || p.Subject != "token "+token.ID || p.Role != Analyst || p.Scope.Tenant != "a" || !p.Scope.ReadOnly || !p.Expires.Equal(noon.Add(time.Hour)) || p.Via != ViaToken {
		t.Errorf("%+v %v", p, err)
	}
	list, err := tokens.List()
	if err != nil || len(list) != 1 || !list[0].Used.Equal(noon) || list[0].Name != "siem" {
		t.Errorf("%+v %v", list, err)
	}
	// What is on disk opens nothing.
	secret := shown[strings.LastIndexByte(shown, '_')+1:]
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		info, _ := e.Info()
		if err != nil || strings.Contains(string(b), secret) || info.Mode().Perm() != 0o600 {
			t.Errorf("%s %v: %s %v", e.Name(), info.Mode(), b, err)
		}
	}
	if _, err := tokens.Find("scrubline_" + token.ID + "_" + token.Hash); !errors.Is(err, ErrNoToken) {
		t.Error("the hash is a key")
	}
}

func TestTokensAreRefused(t *testing.T) {
	now := noon
	dir := t.TempDir()
	tokens := OpenTokens(dir, func() time.Time { return now })
	_, shown := newToken(t, tokens, nil)
	other, _ := newToken(t, tokens, nil)
	mixed := "scrubline_" + other.ID + shown[strings.LastIndexByte(shown, '_'):]
	for _, s := range []string{"", "x", shown + "0", shown[1:], strings.ToUpper(shown), mixed, "scrubline_../../etc/pa_" + shown[23:], " " + shown, shown + "\n"} {
		if p, err := tokens.Find(s); !errors.Is(err, ErrNoToken) {
			t.Errorf("%q: %+v %v", s, p, err)
		}
	}
	now = noon.Add(time.Hour)
	if _, err := tokens.Find(shown); !errors.Is(err, ErrExpired) {
		t.Errorf("expired: %v", err)
	}
	now = noon
	// Another process revokes it; this one refuses the next request.
	revoked, shown2 := newToken(t, tokens, nil)
	if _, err := tokens.Find(shown2); err != nil {
		t.Fatal(err)
	}
	if err := OpenTokens(dir, func() time.Time { return now }).Revoke(revoked.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Find(shown2); !errors.Is(err, ErrRevoked) {
		t.Errorf("revoked: %v", err)
	}
	if err := tokens.Revoke("../../x"); !errors.Is(err, ErrNoToken) {
		t.Error(err)
	}
	for name, change := range map[string]func(*Token){
		"no end": func(k *Token) { k.Expires = time.Time{} }, "an end now": func(k *Token) { k.Expires = noon }, "no name": func(k *Token) { k.Name = "" },
		"no tenant": func(k *Token) { k.Scope.Tenant = "" }, "no role": func(k *Token) { k.Role = "root" }, "an auditor's without a reason": func(k *Token) { k.Role = Auditor },
	} {
		bad := Token{Name: "siem", Role: Analyst, Scope: Scope{Tenant: "a"}, Expires: noon.Add(time.Hour)}
		change(&bad)
		if _, _, err := tokens.Create(bad); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
