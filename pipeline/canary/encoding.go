package canary

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// Encoding is a way to write text in a log.
type Encoding struct {
	Name  string
	JSON  bool // only inside a JSON string
	Lines bool // not in a URL: it has blanks or bars
	URL   bool // only in a URL: elsewhere a + is no blank
	Write func(Value) string
}

// Encodings are those that identities are planted in.
var Encodings = []Encoding{
	{"plain", false, true, false, func(v Value) string { return v.Text }},
	{"upper", false, true, false, func(v Value) string { return strings.ToUpper(v.Text) }},
	{"lower", false, true, false, func(v Value) string { return strings.ToLower(v.Text) }},
	{"percent", false, false, false, func(v Value) string { return percent(v.Text) }},
	{"percent twice", false, false, false, func(v Value) string { return strings.ReplaceAll(percent(v.Text), "%", "%25") }},
	{"form", false, false, true, func(v Value) string { return url.QueryEscape(v.Text) + "&page=2" }},
	{"escapes", true, true, false, func(v Value) string { return each(v.Text, `\u%04x`) }},
	{"references", false, true, false, func(v Value) string { return each(v.Text, "&#x%x;") }},
	{"base64", false, false, false, func(v Value) string { return base64.StdEncoding.EncodeToString([]byte(v.Text)) }},
	{"base64url", false, false, false, func(v Value) string { return base64.RawURLEncoding.EncodeToString([]byte(v.Text)) }},
	{"json in json", true, true, false, func(v Value) string { return quoted(`{"note":"` + quoted(v.Text) + `"}`) }},
	{"json in base64", false, false, false, func(v Value) string {
		return base64.StdEncoding.EncodeToString([]byte(`{"note":"` + quoted(v.Text) + `"}`))
	}},
	{"hl7", true, true, false, func(v Value) string { return quoted(`PID|1|` + hl7(v)) }},
}

// hl7 writes a value in its field of a PID segment, from PID-2 on.
func hl7(v Value) string {
	fields := make([]string, 18)
	switch v.Kind {
	case "mrn", "member":
		fields[1] = v.Secret + "^^^HOSP^MR"
	case "name":
		fields[3] = strings.ToUpper(v.Secret) + "^ANN"
	case "birth":
		fields[5] = strings.ReplaceAll(v.Secret, "-", "")
	case "address":
		fields[9] = v.Secret + "^^DOVER^DE^19901"
	case "phone", "email":
		fields[11] = v.Secret
	case "ssn":
		fields[17] = v.Secret
	default: // an account number
		fields[16] = v.Secret
	}
	return strings.Join(fields, "|")
}

func each(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func percent(s string) string { return each(s, "%%%02X") }

// quoted is s as it stands in a JSON string, without the quotes.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b[1 : len(b)-1])
}
