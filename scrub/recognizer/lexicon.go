package recognizer

import (
	_ "embed"
)

// Word lists; words/README.md says where they come from. Given and family names are
// without those that are ordinary English words; ordinary is
// what the documentation of Go and its libraries writes in lower case, english the
// frequent words of English that it does not use. A list is never reason enough: US name lists hit 18 % of the words of clean log lines.
var (
	//go:embed words/given.txt
	givenWords string
	//go:embed words/family.txt
	familyWords string
	//go:embed words/ordinary.txt
	ordinaryWords string
	//go:embed words/english.txt
	englishWords string
)

// wordNames are frequent family names that are ordinary words too. They go on with
// a name and never start one.
const wordNames = "young\nking\nhill\nbaker\nbrown\ngreen\nwhite\nblack\ngray\nwood\nwoods\nstone\nrose\nbell\ncook\ncooper\ncarter\nturner\nparker\nwalker\nhunter\nfisher\nmiller\ntaylor\nsmith\nmason\nprice\nlong\nrich\nbest\nlove\nday\nrice\nbush\npark\nparks\nlake\nfields\nbanks\nrivers\nbrooks\nwells\nwaters\nwest\nreed\nford\nlane\nmarsh\nmoss\nsnow\nfrost\nfox\nwolf\nlamb\nbird\nswan\nknight\nbishop\npope\nnoble\nsharp\nswift\nstrong\nwise\nmoody\nsavage\nchurch\nhouse\nhall\ngates\npowers\ncross\nrush\nchase\ndean\nlord\nsinger\npotter\nweaver\nshepherd\ncarpenter\nbutler\nporter\ncole\nflowers\nglass\ngolden\nsilver\nsteel\nhood\nhope\ngraves\nbarber\nwagner\nrobins\nsparks\nstark\nhead\nhand\npoole\npool\nhigh\nlow\nmarks\nwatts\nwebb\nfoster\nmarshal\nmarshall\npierce\nhardy\npotts\nwu\nli\nxu\nyu\nho\nng\nvu\nlu\nhu\nyi\nsu\nko\n"

// What the lists say of a word.
const (
	isGiven = 1 << iota
	isFamily
	isOrdinary
	isEnglish // and no name; streets are called by such words too

	isCommon = isOrdinary | isEnglish
)

const (
	lexiconBits = 18
	lexiconMax  = 14 // letters of the longest word
)

// lexicon is an open hash table: 24 bits of the hash and 8 of flags an entry.
// About one unknown word in 2^20 is taken for a known one.
var lexicon = func() *[1 << lexiconBits]uint32 {
	t := new([1 << lexiconBits]uint32)
	add := func(list string, flag uint32) {
		start := 0
		for i := 0; i < len(list); i++ {
			if list[i] == '\n' {
				h := foldedHash([]byte(list[start:i]))
				for s := h >> (64 - lexiconBits); ; s = (s + 1) & (1<<lexiconBits - 1) {
					if t[s] == 0 || t[s]>>8 == uint32(h)>>8 {
						t[s] |= uint32(h)&^0xff | flag
						break
					}
				}
				start = i + 1
			}
		}
	}
	add(givenWords, isGiven)
	add(familyWords, isFamily)
	add(ordinaryWords, isOrdinary)
	add(englishWords, isEnglish)
	add(wordNames, isFamily)
	return t
}()

func foldedHash(w []byte) uint64 {
	h := uint64(seed)
	for i := 0; i < len(w); i++ {
		c := w[i] | 0x20
		if c >= 0x80 && w[i] == 0xc3 && i+1 < len(w) {
			if base := latin[w[i+1]&0x1f]; base != ' ' { // the lists have ASCII only
				c = base
				i++
			}
		}
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	return h ^ h<<29
}

// latin are the letters of U+00C0–U+00FF, both cases, without their marks.
const latin = "aaaaaa ceeeeiiii nooooo ouuuuy  "

// known returns what the lists say of a word.
func known(w []byte) uint8 {
	if len(w) < 2 || len(w) > lexiconMax {
		return 0
	}
	h := foldedHash(w)
	for s := h >> (64 - lexiconBits); ; s = (s + 1) & (1<<lexiconBits - 1) {
		switch e := lexicon[s]; {
		case e == 0:
			return 0
		case e>>8 == uint32(h)>>8:
			return uint8(e)
		}
	}
}
