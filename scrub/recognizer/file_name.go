package recognizer

// FileNameAt returns the span of last_first_19470615 around the eight digits at
// b[i]: names of scanned documents carry a person's name and date of birth.
func FileNameAt(b []byte, i int) (start, end int) {
	if i < 4 || b[i-1] != '_' && b[i-1] != '-' && b[i-1] != '.' || !ymd(num(b[i:i+4]), num(b[i+4:i+6]), num(b[i+6:i+8])) {
		return 0, 0
	}
	if start = namesBefore(b, i); start < 0 {
		return 0, 0
	}
	return start, i + 8
}

// ISOFileNameAt is FileNameAt for a date with separators, 1947-06-15, whose year
// is b[i:i+4].
func ISOFileNameAt(b []byte, i int) (start, end int) {
	if i < 4 || i+10 > len(b) || b[i-1] != '_' && b[i-1] != '-' || b[i+4] != '-' && b[i+4] != '_' || b[i+7] != b[i+4] || !exactly(b, i+5, 2) || !exactly(b, i+8, 2) {
		return 0, 0
	}
	if !ymd(num(b[i:i+4]), num(b[i+5:i+7]), num(b[i+8:i+10])) {
		return 0, 0
	}
	if start = namesBefore(b, i); start < 0 {
		return 0, 0
	}
	return start, i + 10
}

// Portrait says that the last word of a file's name is that of a picture of a
// person.
func Portrait(w []byte) bool {
	switch len(w) {
	case 4, 5, 6, 8:
		for _, p := range [...]string{"face", "photo", "selfie", "portrait", "headshot", "idcard"} {
			if len(w) == len(p) && folded(w, p) {
				return true
			}
		}
	}
	return false
}

// PortraitAt returns the span of the file name lee_ann_face.jpg around the word
// b[i:e].
func PortraitAt(b []byte, i, e int) (start, end int) {
	end = PictureAt(b, e)
	if end == 0 {
		return 0, 0
	}
	if start = namesBefore(b, i); start >= 0 {
		return start, end
	}
	if start = numberedBefore(b, i); start >= 0 {
		return start, end
	}
	return 0, 0
}

// PictureAt returns the end of the extension of a picture at b[e], perhaps behind
// more of the file's name, or 0: .jpg, _front.png.
func PictureAt(b []byte, e int) int {
	for e < len(b) && (b[e] == '_' || b[e] == '-' || IsWord(b[e])) {
		e++
	}
	for _, x := range [...]string{".jpg", ".jpeg", ".png", ".heic", ".webp", ".bmp", ".gif", ".tif"} {
		if e+len(x) <= len(b) && folded2(b[e:], x) && boundary(b, e+len(x)) {
			return e + len(x)
		}
	}
	return 0
}

// numberedBefore returns where the name of a file starts in which a number stands
// before the joint b[i-1], checkin_40012345_face.jpg, or -1.
func numberedBefore(b []byte, i int) int {
	j, digits := i-1, 0
	for j > 0 && IsDigit(b[j-1]) {
		j--
		digits++
	}
	if digits < 5 {
		return -1
	}
	for j > 0 && i-j < 40 && (IsWord(b[j-1]) || b[j-1] == '_' || b[j-1] == '-') {
		j--
	}
	return j
}

// namesBefore returns where two or three words joined by the separator before
// b[i] start, or -1.
func namesBefore(b []byte, i int) int {
	sep, j, words, start := b[i-1], i-1, 0, 0
	for words < 3 {
		k := j
		for k > 0 && j-k < 24 && (IsLetter(b[k-1]) || b[k-1] == '\'' || b[k-1] == '-' && sep == '_') {
			k--
		}
		if j-k < 2 || stop(b[k:j]) {
			break
		}
		words++
		start = k
		if k == 0 || b[k-1] != sep {
			break
		}
		j = k - 1
	}
	if sep == '.' && (words != 2 || !givenBetween(b[start:i-1])) {
		return -1 // java.lang
	}
	if words < 2 || !NamesKnown(b[start:i-1]) && (sep != '_' || allOrdinary(b[start:i-1])) {
		return -1
	}
	return start
}

// givenBetween says that a given name of the list is one of two words which a point
// joins, and none is ordinary.
func givenBetween(w []byte) bool {
	for k, c := range w {
		if c == '.' {
			f, g := known(w[:k]), known(w[k+1:])
			return (f|g)&isGiven != 0 && (f|g)&isOrdinary == 0
		}
	}
	return false
}

// NamesBefore returns where two words that could only be names, one of them a given
// name of the list, start before the _ at b[i-1], or -1.
func NamesBefore(b []byte, i int) int {
	j := i - 1
	k := j
	for k > 0 && IsLetter(b[k-1]) {
		k--
	}
	if j-k < 2 || k == 0 || b[k-1] != '_' && b[k-1] != '-' {
		return -1
	}
	s := k - 1
	for s > 0 && IsLetter(b[s-1]) {
		s--
	}
	f, g := known(b[s:k-1]), known(b[k:j])
	if k-1-s < 2 || s > 0 && IsWord(b[s-1]) || !(f&isGiven != 0 && f&isOrdinary == 0 && (g&isOrdinary == 0 || g&isFamily != 0) || g&isGiven != 0 && g&isOrdinary == 0 && (f&isOrdinary == 0 || f&isFamily != 0)) || stop(b[s:k-1]) || stop(b[k:j]) {
		return -1
	}
	return s
}

// NamesKnown says that one of the words of w is in the lists of names.
func NamesKnown(w []byte) bool { return anyKnown(w, isGiven|isFamily) }

// NamesBoth says that one of two words is in the list of given names and the other
// in one of the lists, and neither is an ordinary word.
func NamesBoth(v, w []byte) bool {
	f, g := known(v), known(w)
	return (f|g)&isCommon == 0 && f != 0 && g != 0 && (f|g)&isGiven != 0 && len(v) > 2 && len(w) > 2
}

// AllOrdinary says that all words of w are ordinary ones.
func AllOrdinary(w []byte) bool { return allOrdinary(w) }

func allOrdinary(w []byte) bool {
	for i := 0; i < len(w); {
		j := i
		for j < len(w) && (IsLetter(w[j]) || w[j] == '\'') {
			j++
		}
		if j > i && known(w[i:j])&isOrdinary == 0 {
			return false
		}
		i = j + 1
	}
	return true
}

func anyKnown(w []byte, flags uint8) bool {
	for i := 0; i < len(w); {
		j := i
		for j < len(w) && (IsLetter(w[j]) || w[j] == '\'') {
			j++
		}
		if known(w[i:j])&flags != 0 {
			return true
		}
		i = j + 1
	}
	return false
}

// DocumentName returns the end of Last-First or Last_First at b[i] when it is the
// name of a document, and where its extension starts.
func DocumentName(b []byte, i int) (end, dot int) {
	j, words := i, 0
	for words < 3 {
		k := nameWord(b, j)
		if b[j:k] == nil || k-j < 2 || !IsUpper(b[j]) {
			return 0, 0
		}
		words++
		for x := j; x < k; x++ {
			if b[x] == '-' {
				words++
			}
		}
		j = k
		if j >= len(b) || b[j] != '_' && b[j] != '-' {
			break
		}
		j++
		if j >= len(b) {
			return 0, 0
		}
	}
	if words < 2 || j+3 > len(b) || b[j] != '.' {
		return 0, 0
	}
	if extensionAt(b, j) {
		return j, j
	}
	return 0, 0
}

// DocumentOf returns the end of the name that the words of a document's name at
// b[i] start with, and what joins them: one word that only the lists of names know,
// and those with capitals behind it that could be names, before what ends in the
// extension of a document. A single word needs a date behind it.
func DocumentOf(b []byte, i int) (end int, sep byte) {
	e := nameWord2(b, i)
	if e-i < 3 || e+4 > len(b) || !Capital(b, i) || b[e] != '_' && b[e] != '-' && b[e] != '.' {
		return 0, 0
	}
	sep = b[e]
	dot := 0
	for j := e; j < len(b) && j-i < 100 && (IsWord(b[j]) || b[j] == '_' || b[j] == '-' || b[j] == '.' || b[j] == '\''); j++ {
		if b[j] == '.' && extensionAt(b, j) {
			dot = j
		}
	}
	if dot == 0 || stop(b[i:e]) || ordinaryOnly(b[i:e]) || camel(b[i:e]) {
		return 0, 0
	}
	names, end := 0, e
	if known(b[i:e])&(isGiven|isFamily) != 0 {
		names++
	}
	words := 1
	for words < 3 && end+2 < dot && b[end] == sep && Capital(b, end+1) {
		k := nameWord2(b, end+1)
		w := b[end+1 : k]
		if len(w) < 2 || stop(w) || ordinaryOnly(w) || camel(w) || k < len(b) && IsDigit(b[k]) || known(w)&isOrdinary != 0 && words > 1 {
			break
		}
		if known(w)&(isGiven|isFamily) != 0 {
			names++
		}
		words++
		end = k
	}
	switch {
	case names == 0, words == 1 && known(b[i:e])&isOrdinary != 0:
		return 0, 0
	case words == 1 && (end+5 > dot || !IsDigit(b[end+1]) || !IsDigit(b[end+4])):
		return 0, 0
	}
	return end, sep
}

// nameWord2 is nameWord that a hyphen ends.
func nameWord2(b []byte, i int) int {
	for i < len(b) && (IsLetter(b[i]) || b[i] == '\'' && i+1 < len(b) && IsLetter(b[i+1])) {
		i++
	}
	return i
}

// extensionAt says that the extension of a document or a picture starts with the
// point b[i].
func extensionAt(b []byte, i int) bool {
	if i+3 > len(b) || b[i] != '.' {
		return false
	}
	for _, x := range [...]string{"xml", "pdf", "txt", "json", "hl7", "dcm", "doc", "docx", "csv", "rtf", "tif", "tiff", "jpg", "jpeg", "png", "heic", "html", "zip", "dss", "ds2", "wav", "mp3", "mp4", "eml", "msg", "xls", "xlsx"} {
		if folded2(b[i+1:], x) && boundary(b, i+1+len(x)) {
			return true
		}
	}
	return false
}
