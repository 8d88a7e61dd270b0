package scrub

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// wordSign says what a run of letters can mean to the search.
type wordSign uint16

const (
	signPhrase    wordSign = 1 << iota // its last word can end a phrase that announces something
	signGeneric                        // it can announce something with the name of what encloses it
	signBefore                         // so can the word before its last, as in patientMrnValue
	signOne                            // it is a single word
	signCue                            // a name may follow
	signName                           // it is a given or a family name
	signMonth                          // it is a month
	signPortrait                       // it names a picture of a person
	signPath                           // the segment of a path behind it identifies somebody
	signBiometric                      // it names biometric data
	signSession                        // it can be the last word before the user of a session
	signLives                          // it is said before in or to a place where somebody lives
	signIn                             // in or to
	signSQL                            // values or an operator of SQL
	signRoad                           // a street of another country starts or ends with it
)

// wordMax is the length of the runs that are remembered.
const wordMax = 24

const wordBits = 9

// wordCache remembers the signs of runs of letters, two a place. Logs use few
// words.
type wordCache [1 << wordBits][2]signedWord

type signedWord struct {
	text [wordMax / 8]uint64 // the run, then zeros
	sign wordSign
}

// sign returns the sign of the run b[i:end].
func (c *wordCache) sign(b []byte, i, end int) wordSign {
	n := end - i
	if n > wordMax {
		return signOf(b[i:end])
	}
	var x, y, z uint64
	if i+wordMax <= len(b) {
		q := b[i : i+wordMax : i+wordMax]
		x = binary.LittleEndian.Uint64(q)
		switch {
		case n <= 8:
			x &= ^uint64(0) >> (64 - 8*n)
		case n <= 16:
			y = binary.LittleEndian.Uint64(q[8:]) & (^uint64(0) >> (128 - 8*n))
		default:
			y = binary.LittleEndian.Uint64(q[8:])
			z = binary.LittleEndian.Uint64(q[16:]) & (^uint64(0) >> (192 - 8*n))
		}
	} else {
		var w [wordMax]byte
		copy(w[:], b[i:end])
		x, y, z = binary.LittleEndian.Uint64(w[:]), binary.LittleEndian.Uint64(w[8:]), binary.LittleEndian.Uint64(w[16:])
	}
	pair := &c[(x^y*0x9e3779b97f4a7c15^z*0xc2b2ae3d27d4eb4f)*0xff51afd7ed558ccd>>(64-wordBits)]
	s := &pair[0]
	if s.text[0] == x && s.text[1] == y && s.text[2] == z {
		return s.sign
	}
	if t := &pair[1]; t.text[0] == x && t.text[1] == y && t.text[2] == z {
		return t.sign
	}
	pair[1] = *s
	*s = signedWord{[...]uint64{x, y, z}, signOf(b[i:end])}
	return s.sign
}

func signOf(w []byte) (s wordSign) {
	set := func(is bool, bit wordSign) {
		if is {
			s |= bit
		}
	}
	last, before, one := recognizer.EndsPhrase(w)
	set(last || endsWith(w, parameterWords) || hl7Segment(w) || foldedEqual(w, "box") || foldedEqual(w, "item") || foldedEqual(w, "fl"), signPhrase)
	set(generic(w) || holder(w) || valueOf(w), signGeneric)
	set(before, signBefore)
	set(one, signOne)
	set(recognizer.Cue(w) != recognizer.NoCue, signCue)
	set(recognizer.NamesKnown(w), signName)
	set(recognizer.MonthWord(w), signMonth)
	set(recognizer.Portrait(w), signPortrait)
	set(personal(w) != recognizer.None, signPath)
	set(len(w) == 6 && foldedEqual(w, "values") || operator(w) || len(w) == 2 && foldedEqual(w, "as"), signSQL)
	set(recognizer.RoadWord(w), signRoad)
	set(len(w) == 2 && (w[1] == 'n' || w[1] == 'o'), signIn)
	set(namesBiometrics(w), signBiometric)
	set(endsWith(w, sessionWords), signSession)
	set(endsWith(w, livesWords), signLives)
	return s
}

// hl7Segment says that the name of a segment of HL7 v2 starts with the run w, as
// NK1 does with NK.
func hl7Segment(w []byte) bool {
	for name := range hl7Fields {
		if len(w) > 1 && len(w) <= len(name) && name[:len(w)] == string(w) {
			return true
		}
	}
	return false
}

// The last words of the keys and phrases that say so, in small letters.
var (
	parameterWords = lastWords(slices.Collect(maps.Keys(parameters)))
	sessionWords   = append(lastWords(sessionPhrases), "user", "username", "login")
	livesWords     = []string{"lives", "living", "resides", "residing", "born", "live", "lived", "resident", "moved", "moves", "moving", "relocated", "relocating"}
)

// lastWords returns the last runs of letters of phrases, each once.
func lastWords(phrases []string) (words []string) {
	for _, p := range phrases {
		i := len(p)
		for i > 0 && recognizer.IsLetter(p[i-1]) {
			i--
		}
		if w := strings.ToLower(p[i:]); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

// endsWith says that the run w ends with one of the lower-case words, whatever
// its case.
func endsWith(w []byte, words []string) bool {
	for _, p := range words {
		if len(w) >= len(p) && foldedEqual(w[len(w)-len(p):], p) {
			return true
		}
	}
	return false
}

// biometricStarts has a bit for each letter that one of biometricFolders starts with.
var biometricStarts = func() (set uint32) {
	for _, f := range biometricFolders {
		set |= 1 << (f[0] & 31)
	}
	return set
}()

// namesBiometrics says that one of biometricFolders stands in the run w.
func namesBiometrics(w []byte) bool {
	for i := range w {
		if biometricStarts>>(w[i]&31)&1 == 0 {
			continue
		}
		for _, f := range biometricFolders {
			if len(w)-i >= len(f) && foldedEqual(w[i:i+len(f)], f) {
				return true
			}
		}
	}
	return false
}
