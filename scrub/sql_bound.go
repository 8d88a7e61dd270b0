package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// boundMost bounds the parameters of a text whose values are looked for: each
// takes a pass over it.
const boundMost = 24

// bound takes the value that the parameter at b[at] of a statement, @p0 or :dob or
// $1, is bound to elsewhere in the text: [Parameters=[@p0='Lee', …]] INSERT …
// VALUES (@p0, …). Its column announces a.
func (s *searcher) bound(at int, a announcement) {
	b := s.b
	if at >= len(b) || b[at] != '@' && b[at] != ':' && b[at] != '$' || s.params >= boundMost || len(b) > closerMax {
		return
	}
	end := at + 1
	for end < len(b) && (recognizer.IsWord(b[end]) || b[end] == '_') {
		end++
	}
	if end-at < 2 {
		return
	}
	s.params++
	for i := 0; ; {
		k := bytes.Index(b[i:], b[at:end])
		if k < 0 {
			return
		}
		i += k + end - at
		k = i
		for k < len(b) && k < i+3 && (b[k] == ' ' || b[k] == '=') {
			k++
		}
		if k == i || b[k-1] != '=' && b[k-1] != ' ' || bytes.IndexByte(b[i:k], '=') < 0 || k >= len(b) || b[k] != '\'' && b[k] != '"' {
			continue
		}
		to := k + 1
		for to < len(b) && to-k < 200 && b[to] != b[k] {
			to++
		}
		if to < len(b) && b[to] == b[k] && to > k+1 && ours(b[k+1:]) == 0 {
			s.e.add(&s.v, k+1, to, a.kind)
		}
		return
	}
}
