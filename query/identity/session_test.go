package identity

import (
	"testing"
	"time"
)

func TestSessionsEnd(t *testing.T) {
	now := noon
	s := NewSessions(func() time.Time { return now })
	life := Lifetimes{Idle: 30 * time.Minute, Absolute: 2 * time.Hour}
	secret := s.Start(Principal{Subject: "ann"}, life, "")
	is := func(want bool, what string) {
		t.Helper()
		if _, ok := s.Find(secret); ok != want {
			t.Errorf("%s: %v", what, ok)
		}
	}
	is(true, "at once")
	for range 3 {
		now = now.Add(29 * time.Minute)
		is(true, "in use")
	}
	now = now.Add(30 * time.Minute)
	is(false, "idle")
	now = noon
	secret = s.Start(Principal{Subject: "ann"}, life, "")
	for now.Before(noon.Add(2 * time.Hour)) {
		is(true, "in use")
		now = now.Add(20 * time.Minute)
	}
	is(false, "two hours after the login, in use all the time")
	secret = s.Start(Principal{Subject: "ann"}, life, "")
	s.End(secret)
	is(false, "logged out")
}

func TestLoggingInAgainIsAnotherSession(t *testing.T) {
	s := NewSessions(time.Now)
	life := Lifetimes{Idle: time.Hour, Absolute: time.Hour}
	planted := "a-secret-that-an-attacker-chose"
	got := s.Start(Principal{Subject: "ann"}, life, planted)
	if _, ok := s.Find(planted); ok || got == planted {
		t.Error("a planted secret became a session")
	}
	again := s.Start(Principal{Subject: "ann"}, life, got)
	if _, ok := s.Find(got); ok || again == got {
		t.Error("the session before the login is still one")
	}
	if _, ok := s.Find(again); !ok {
		t.Error("the new one is none")
	}
}

func TestReasonsHoldForATime(t *testing.T) {
	now := noon
	s := NewSessions(func() time.Time { return now })
	secret := s.Start(Principal{Subject: "ann", Role: Auditor}, Lifetimes{Idle: 9 * time.Hour, Absolute: 9 * time.Hour}, "")
	if s.Say("another", "x", time.Hour) || !s.Say(secret, "audit 7", time.Hour) {
		t.Fatal("said by whom?")
	}
	if p, _ := s.Find(secret); p.Reason != "audit 7" {
		t.Errorf("%q", p.Reason)
	}
	now = now.Add(time.Hour)
	if p, ok := s.Find(secret); !ok || p.Reason != "" {
		t.Errorf("an hour later: %q", p.Reason)
	}
}

func TestOneCannotEndTheSessionsOfOthers(t *testing.T) {
	s := NewSessions(time.Now)
	life := Lifetimes{Idle: time.Hour, Absolute: time.Hour}
	ann := s.Start(Principal{Subject: "ann"}, life, "")
	var last string
	for range 3 * maxOfOne {
		last = s.Start(Principal{Subject: "bob"}, life, "")
	}
	if _, ok := s.Find(ann); !ok {
		t.Error("ann was logged out")
	}
	if _, ok := s.Find(last); !ok {
		t.Error("bob's last login is none")
	}
	if n := len(s.byHash); n != maxOfOne+1 {
		t.Errorf("%d sessions", n)
	}
}
