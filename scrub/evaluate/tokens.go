package evaluate

import "regexp"

// kind is a kind of analyst token. match returns the length of the one that
// starts at b[i], 0 if none does.
type kind struct {
	name  string
	match func(b []byte, i int) int
}

// kinds of analyst tokens, in the order of the report.
var kinds = []kind{
	{"arn", anchored(`arn:aws[0-9A-Za-z_-]*:[A-Za-z0-9-]+:[0-9A-Za-z_-]*:[0-9]*:[^\s\x0b",\\\]}]+`, "a", false)},
	{"uuid", uuid},
	{"trace", anchored(`(?:Root|Self)=1-[0-9a-f]{8}-[0-9a-f]{24}|TID_[0-9a-f]{16,32}`, "RST", false)},
	{"awsid", anchored(`(?:eni|vpc|subnet|i|sg|vol|ami|rtb|igw|nat)-[0-9a-f]{8,17}\b|(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{12,17}\b`, "evsiarnA", true)},
	{"acct12", account},
	{"ip", ip},
	{"ts", stamp},
	{"hexhash", hash},
	{"status", status},
}

// each calls fn for the tokens of a kind in b, none of which overlap.
func (k *kind) each(b []byte, fn func(start, end int)) {
	for i := 0; i < len(b); {
		n := k.match(b, i)
		if n == 0 {
			i++
			continue
		}
		fn(i, i+n)
		i += n
	}
}

// anchored matches pattern, which starts with one of first; alone: not behind a
// character of a word.
func anchored(pattern, first string, alone bool) func([]byte, int) int {
	re := regexp.MustCompile(`^(?:` + pattern + `)`)
	var starts [256]bool
	for _, c := range []byte(first) {
		starts[c] = true
	}
	return func(b []byte, i int) int {
		if !starts[b[i]] || alone && i > 0 && name(b[i-1]) {
			return 0
		}
		return len(re.Find(b[i:]))
	}
}

func name(c byte) bool { return c == '_' || c < 0x80 && word(c) }

func hex(c byte) bool { return digit(c) || c >= 'a' && c <= 'f' }

// run is how many bytes from b[i] on are of a class.
func run(b []byte, i int, of func(byte) bool) int {
	n := 0
	for i+n < len(b) && of(b[i+n]) {
		n++
	}
	return n
}

// at returns b[i], 0 outside of b.
func at(b []byte, i int) byte {
	if i < 0 || i >= len(b) {
		return 0
	}
	return b[i]
}

func uuid(b []byte, i int) int {
	const length = 36
	inside := func(c byte) bool { return c == '-' || hex(c) || c >= 'A' && c <= 'F' }
	if !inside(b[i]) || inside(at(b, i-1)) || run(b, i, inside) != length {
		return 0
	}
	for n := range length {
		if dash := n == 8 || n == 13 || n == 18 || n == 23; dash != (b[i+n] == '-') {
			return 0
		}
	}
	return length
}

func account(b []byte, i int) int {
	before := at(b, i-1)
	if digit(before) || before == '.' || run(b, i, digit) != 12 || at(b, i+12) == '.' {
		return 0
	}
	return 12
}

func ip(b []byte, i int) int {
	if before := at(b, i-1); name(before) || before == '.' || before == '-' {
		return 0
	}
	n := 0
	for group := range 4 {
		if group > 0 {
			if at(b, i+n) != '.' {
				return 0
			}
			n++
		}
		digits := run(b, i+n, digit)
		if digits < 1 || digits > 3 {
			return 0
		}
		n += digits
	}
	if at(b, i+n) == '.' && digit(at(b, i+n+1)) {
		return 0
	}
	return n
}

var written = regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?Z?|[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2})`)

// stamp matches a time: ISO 8601, as in access logs, or Unix seconds or
// milliseconds from 2014 on.
func stamp(b []byte, i int) int {
	if !digit(b[i]) {
		return 0
	}
	if n := len(written.Find(b[i:])); n > 0 {
		return n
	}
	if digit(at(b, i-1)) || b[i] != '1' || at(b, i+1) < '4' {
		return 0
	}
	if n := run(b, i, digit); n == 10 || n == 13 {
		return n
	}
	return 0
}

func hash(b []byte, i int) int {
	if !hex(b[i]) || name(at(b, i-1)) && at(b, i-1) != '_' {
		return 0
	}
	n := run(b, i, hex)
	if after := at(b, i+n); n < 16 || n > 64 || name(after) && after != '_' {
		return 0
	}
	return n
}

// status matches an HTTP status between spaces, behind a digit, a dot, a quote or
// a space.
func status(b []byte, i int) int {
	if b[i] < '1' || b[i] > '5' || i < 2 || b[i-1] != ' ' || run(b, i, digit) != 3 || at(b, i+3) != ' ' {
		return 0
	}
	if c := b[i-2]; c == '"' || c == ' ' || c == '.' || digit(c) {
		return 3
	}
	return 0
}
