package recognizer

// phraseEnds has the last words, of letters, of the phrases that announce
// something.
var phraseEnds = func() map[uint64]bool {
	m := map[uint64]bool{}
	for k := None + 1; k < numKinds; k++ {
		for _, list := range [...][]string{All[k].Keys, All[k].Weak, moreKeys[k], nameParts} {
			for _, p := range list {
				b := []byte(p)
				var last uint64
				for i := 0; i < len(b); {
					if !IsLetter(b[i]) {
						i++
						continue
					}
					last, i = wordHash(b, i)
				}
				m[last] = true
			}
		}
	}
	return m
}()

// EndsPhrase cuts a run of letters into words where Announce does and says of the
// last and of the one before it whether a phrase that announces something ends
// with it; one says that the run is a single word. Where no such word stands,
// Announce has nothing to say.
func EndsPhrase(run []byte) (last, before, one bool) {
	n := 0
	for i := 0; i < len(run); n++ {
		var h uint64
		h, i = wordHash(run, i)
		last, before = phraseEnds[h] || synonyms[h] == filler || phraseEnds[synonyms[h]], last
	}
	last = last || fused(run).kind != None
	return last, before, n == 1
}
