package recognizer

// wordGivens are given names among the thousand most frequent of the US census
// of 1990 that are ordinary words of logs too. Behind a cue, and before a word
// that is not ordinary, they start a name: patient Grace Oduya.
var wordGivens = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"Amber", "Angel", "Art", "Austin", "Diamond", "Faith", "Grace", "Grant", "Hope", "Joy", "Love",
		"Mark", "Max", "May", "Miles", "Nick", "Patience", "Raven", "Rich", "Roman", "Ruby", "Rusty", "Sid", "Val", "Will"} {
		m[w] = true
	}
	return m
}()

// wordGiven says that the run at b[i] is such a name and one or two more words,
// none of them ordinary.
func (n *nameRun) wordGiven(b []byte, i int) bool {
	return n.ordinary == 1 && n.words > 1 && n.words < 4 && !n.shouted && wordGivens[string(b[i:nameWord(b, i)])]
}
