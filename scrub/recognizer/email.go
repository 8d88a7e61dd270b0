package recognizer

import "github.com/scrubline/scrubline/schemas"

// E-mail addresses (F). The scrubber finds them by their @: see EmailAt.
var email = Recognizer{
	Name: "email", Letter: 'F', Treat: schemas.Token, Token: "email",
	Keys: []string{"email", "e mail", "email address", "mail", "emailaddress", "mailto", "correo", "correo electronico", "correo electrónico", "email addr", "emailaddr", "e mail address"},
	Value: func(b []byte, i int, _ bool) int {
		for j := i; j < len(b) && j-i < 80 && local[b[j]]; j++ {
			if j+1 < len(b) && b[j+1] == '@' {
				if s, e := EmailAt(b, j+1); e > 0 && s <= i {
					return e
				}
			}
		}
		return 0
	},
}

// local marks the bytes of a local part as mail systems use it (RFC 5321 atoms
// without the quoted form).
var local = func() (t [256]bool) {
	for c := range t {
		t[c] = IsWord(byte(c))
	}
	for _, c := range "._%+-'" {
		t[c] = true
	}
	return t
}()

// nobodys says that a local part is that of a program that writes to people and
// takes no answer (RFC 2142 and use): no person's address.
func nobodys(l []byte) bool {
	if len(l) > 14 {
		return false
	}
	var f [14]byte
	for i, c := range l {
		if f[i] = c; IsUpper(c) {
			f[i] |= 0x20
		}
	}
	switch string(f[:len(l)]) {
	case "noreply", "no-reply", "no_reply", "no.reply", "donotreply", "do-not-reply", "do_not_reply", "mailer-daemon", "postmaster", "hostmaster", "webmaster", "notifications", "notification", "alerts", "bounces", "root":
		return true
	}
	return false
}

// EmailAt returns the span of the e-mail address whose @ is b[at], or end 0. A
// domain needs a dot and a last label of two letters or more.
func EmailAt(b []byte, at int) (start, end int) {
	s := at
	for s > 0 && at-s < 64 && local[b[s-1]] {
		s--
	}
	for s < at && !IsWord(b[s]) {
		s++
	}
	if s == at || at-s == 3 && folded(b[s:], "git") || nobodys(b[s:at]) {
		return 0, 0
	}
	e, dot := at+1, 0
	for e < len(b) && e-at < 254 && (IsWord(b[e]) && b[e] < 0x80 || b[e] == '-' || b[e] == '.') {
		if b[e] == '.' {
			if e+1 >= len(b) || !IsWord(b[e+1]) {
				break
			}
			dot = e
		}
		e++
	}
	if dot == 0 || dot == at+1 || e-dot < 3 {
		return 0, 0
	}
	if e-at > 30 && string(b[at+1:at+4]) == "t1." {
		return 0, 0 // a token of ours, whose last part can be letters only
	}
	for _, c := range b[dot+1 : e] {
		if !IsLetter(c) && !folded(b[dot+1:e], "xn--") {
			return 0, 0
		}
	}
	return s, e
}
