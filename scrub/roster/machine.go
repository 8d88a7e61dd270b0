package roster

// Numbers that programs write, which are no person's: times, fractions, UUIDs.

// stamp returns where the time that starts at b[i] ends, 0 if there is none:
// 2026-03-01, 2026-03-01T10:15:32. b[end] is behind the first digits.
func stamp(b []byte, i, end int) int {
	if i+10 > len(b) || b[end] != '-' && b[end] != '/' || b[i+7] != b[end] || !digit(b[i+5]) || !digit(b[i+6]) || !digit(b[i+8]) || !digit(b[i+9]) || b[i] != '1' && b[i] != '2' {
		return 0
	}
	if i+10 < len(b) && digit(b[i+10]) || i > 0 && b[i-1] == '-' {
		return 0
	}
	if i+19 <= len(b) && (b[i+10] == 'T' || b[i+10] == ' ') && b[i+13] == ':' && b[i+16] == ':' && digit(b[i+11]) && digit(b[i+18]) {
		return i + 19
	}
	return i + 10
}

// uuid returns where the UUID that starts at b[i] ends, 0 if there is none. Every
// line of a log may have some; their groups are no numbers of persons.
func uuid(b []byte, i int) int {
	if i+36 > len(b) || b[i+8] != '-' || b[i+13] != '-' || b[i+18] != '-' || b[i+23] != '-' {
		return 0
	}
	for _, c := range b[i : i+36] {
		if !digit(c) && c|0x20-'a' > 5 && c != '-' {
			return 0
		}
	}
	if i+36 < len(b) && alnum(b[i+36]) {
		return 0
	}
	return i + 36
}

// fragment says that a run of digits is part of something else that programs
// write: a fraction, a version, an account in an ARN, a UUID.
func fragment(b []byte, i, end int) bool {
	if i >= 2 && digit(b[i-2]) && b[i-1] == '.' || end+1 < len(b) && digit(b[end+1]) && b[end] == '.' {
		return true
	}
	if end-i == 12 && i > 0 && b[i-1] == ':' && end < len(b) && b[end] == ':' {
		return true
	}
	return i >= 2 && b[i-1] == '-' && alnum(b[i-2]) && long(b, i) // the end of a UUID
}

// long says that hexadecimal groups stand before b[i], as in a UUID.
func long(b []byte, i int) bool {
	j, dashes := i, 0
	for j > 0 && i-j < 24 && (b[j-1] == '-' || digit(b[j-1]) || b[j-1]|0x20-'a' < 6) {
		if j--; b[j] == '-' {
			dashes++
		}
	}
	return i-j >= 9 && dashes >= 2
}

// clock says that digits are a date or a time as programs count: 20260301,
// 20260301101500, seconds since 1970 or a thousandth, millionth … of them.
func clock(d []byte) bool {
	switch len(d) {
	case 8, 12, 14:
		year, month, day := int(d[0]-'0')*10+int(d[1]-'0'), int(d[4]-'0')*10+int(d[5]-'0'), int(d[6]-'0')*10+int(d[7]-'0')
		return (year == 19 || year == 20) && month >= 1 && month <= 12 && day >= 1 && day <= 31
	case 10, 13, 16, 19:
		return d[0] == '1' && d[1] >= '4' // from 2014 to 2033
	}
	return false
}

// date says that groups of digits are a date: 2026-03-01, 3-1-2026.
func date(b []byte) bool {
	var n [4]int
	g := 0
	for _, c := range b {
		switch {
		case digit(c):
			n[g]++
		case g == 2 || letter(c):
			return false
		default:
			g++
		}
	}
	return g == 2 && (n[0] == 4 && n[1] <= 2 && n[2] <= 2 || n[2] == 4 && n[0] <= 2 && n[1] <= 2)
}
