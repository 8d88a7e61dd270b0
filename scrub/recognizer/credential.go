package recognizer

import "github.com/scrubline/scrubline/schemas"

// JSON Web Tokens (R): their payload names a person, and the whole is a
// credential (RFC 7519).
var jwt = Recognizer{Name: "jwt", Letter: 'R', Treat: schemas.Label}

// Secrets (R): passwords, bearer tokens and keys have no place in a log.
var secret = Recognizer{
	Name: "secret", Letter: 'R', Treat: schemas.Label,
	Keys: []string{"password", "passwd", "pwd", "passphrase", "secret", "client secret", "api key", "apikey", "access token", "accesstoken", "refresh token", "id token", "auth token", "bearer", "private key", "authorization", "security token", "pin", "otp"},
	Weak: []string{"token"},
	Value: func(b []byte, i int, weak bool) int {
		if e := opaque(b, i, false); e-i >= 4 && !(weak && (e-i < 16 || hexadecimal(b[i:e]))) {
			return e
		}
		return 0
	},
}

// hexadecimal says that w has no letters but those of digests and ids, which lead
// to other records: what is only called a token is no secret then.
func hexadecimal(w []byte) bool {
	for _, c := range w {
		if !IsDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') && c != '-' {
			return false
		}
	}
	return true
}

// Encoded text in which a recognizer found something (R): the whole of it goes.
var encoded = Recognizer{Name: "encoded", Letter: 'R', Treat: schemas.Label}

// JWTAt returns the end of the token at i, or 0: three base64url parts, the
// first of which starts an object.
func JWTAt(b []byte, i int) int {
	if i+20 > len(b) || b[i] != 'e' || b[i+1] != 'y' || b[i+2] != 'J' {
		return 0
	}
	dots, j := 0, i
	for j < len(b) && (IsWord(b[j]) && b[j] < 0x80 || b[j] == '-' || b[j] == '_' || b[j] == '.' || b[j] == '=') {
		if b[j] == '.' {
			dots++
		}
		j++
	}
	for j > i && b[j-1] == '.' {
		j--
	}
	if dots < 1 || j-i < 30 {
		return 0
	}
	return j
}
