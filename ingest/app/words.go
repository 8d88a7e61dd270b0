package app

import "github.com/scrubline/scrubline/ingest/text"

const classHTTP = 4002 // OCSF: HTTP Activity

// OCSF's severities.
const (
	info = iota + 1
	low
	medium
	high
	critical
)

// lower returns b in lower case, in buf; nil if it is longer.
func lower(b []byte, buf *[16]byte) []byte {
	if len(b) > len(buf) {
		return nil
	}
	for i, c := range b {
		if c-'A' < 26 {
			c |= 0x20
		}
		buf[i] = c
	}
	return buf[:len(b)]
}

// levelOf returns the severity of a level's name or of the numbers that pino
// and bunyan write; 0 if it is none.
func levelOf(b []byte) uint64 {
	var buf [16]byte
	switch string(lower(b, &buf)) {
	case "trace", "debug", "info", "information", "informational", "verbose", "fine", "finer", "finest", "config", "dbg", "inf", "10", "20", "30":
		return info
	case "notice":
		return low
	case "warn", "warning", "wrn", "40":
		return medium
	case "error", "err", "severe", "50":
		return high
	case "fatal", "critical", "crit", "panic", "alert", "emerg", "emergency", "dpanic", "ftl", "60":
		return critical
	}
	return 0
}

// plainLevel is levelOf of the names that most logs use.
func plainLevel(b []byte) uint64 {
	switch string(b) {
	case "INFO", "DEBUG", "TRACE":
		return info
	case "WARN":
		return medium
	case "ERROR":
		return high
	}
	return 0
}

// outcomeOf returns OCSF's status_id of a word; 0 if it says nothing.
func outcomeOf(b []byte) uint64 {
	var buf [16]byte
	switch string(lower(b, &buf)) {
	case "success", "succeeded", "successful", "ok", "true", "allow", "allowed", "granted", "permit", "permitted":
		return 1
	case "failure", "failed", "fail", "error", "false", "deny", "denied", "forbidden", "unauthorized", "rejected":
		return 2
	}
	return 0
}

// isWorkforce says whether a role is one of people who work there.
func isWorkforce(b []byte) bool {
	var buf [16]byte
	switch string(lower(b, &buf)) {
	case "practitioner", "provider", "clinician", "physician", "doctor", "nurse", "staff", "employee", "operator",
		"admin", "administrator", "pharmacist", "technician", "billing", "support", "service", "system", "auditor":
		return true
	}
	return false
}

// isTrace says whether b has the shape of a trace id: 16 or more hexadecimal
// digits and hyphens, letters and digits among them. Digits alone can be the
// number of a person or a card.
func isTrace(b []byte) bool {
	if len(b) > 5 && string(b[:5]) == "Root=" {
		b = b[5:]
	}
	if len(b) < 16 || len(b) > 64 {
		return false
	}
	letter, digit := false, false
	for _, c := range b {
		switch {
		case c-'0' < 10:
			digit = true
		case c-'a' < 6 || c-'A' < 6:
			letter = true
		case c != '-':
			return false
		}
	}
	return letter && digit
}

// isUUID says whether b is written 8-4-4-4-12.
func isUUID(b []byte) bool {
	if len(b) != 36 || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return false
	}
	return text.Hex(b[:8]) && text.Hex(b[9:13]) && text.Hex(b[14:18]) && text.Hex(b[19:23]) && text.Hex(b[24:])
}

// isAction says whether an event's text is short enough for the name of one; some
// loggers call the message event.
func isAction(b []byte) bool {
	if len(b) > 64 {
		return false
	}
	blanks := 0
	for _, c := range b {
		if c == ' ' {
			blanks++
		}
	}
	return blanks <= 2
}
