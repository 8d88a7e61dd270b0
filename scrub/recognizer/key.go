package recognizer

import "bytes"

// Announce says what a key announces: its kind, and whether it is only a weak
// sign. Keys are cut into words at punctuation and at camelCase, folded, and
// compared as whole phrases; of several the one that ends last wins, then the
// longest ("patient file name" announces what "file name" does: nothing).
func Announce(key []byte) (k Kind, weak bool) {
	var words [maxWords]uint64
	n := 0
	for i := 0; i < len(key) && n < maxWords; {
		if !IsLetter(key[i]) && !IsDigit(key[i]) {
			i++
			continue
		}
		h, j := wordHash(key, i)
		i = j
		if s := synonyms[h]; s != 0 && (n > 0 || i < len(key)) {
			if s != filler {
				h = s
			} else if n > 0 && i < len(key) { // PatientDto.id is the patient's id
				continue
			}
		}
		words[n] = h
		n++
	}
	if n > 1 && technical[words[n-1]] {
		e := phrases[mix(mix(seed, words[n-2]), words[n-1])]
		if e.kind == None && n > 2 {
			e = phrases[mix(mix(mix(seed, words[n-3]), words[n-2]), words[n-1])]
		}
		if e.kind == BirthDate || e.kind == CareDate || e.kind == HealthPlan { // dob_ms, date of service
			return e.kind, e.weak
		}
		return None, false
	}
	best := entry{}
	for end := n; end > 0 && best.kind == None && end > n-2; end-- {
		for start := max(0, end-4); start < end; start++ {
			h := uint64(seed)
			for _, w := range words[start:end] {
				h = mix(h, w)
			}
			if e, ok := phrases[h]; ok {
				best = e
				break // the longest comes first
			}
		}
		if best.blank {
			return None, false
		}
	}
	if best.kind == None {
		best = fused(key)
	}
	return best.kind, best.weak
}

// fused looks at keys whose words stand together in small letters or capitals:
// patientlastname, SUBSCRIBERDOB, PORTALSESSION. The last of them tells if it is
// long, or if what stands before it speaks of people.
func fused(key []byte) entry {
	i := len(key)
	for i > 0 && IsLetter(key[i-1]) {
		i--
	}
	w := key[i:]
	if len(w) < 6 || len(w) > 32 {
		return entry{}
	}
	var f [32]byte
	for k, c := range w {
		f[k] = c | 0x20
	}
	for _, p := range fusedPhrases {
		n := len(w) - len(p.word)
		if n <= 0 || string(f[n:len(w)]) != p.word {
			continue
		}
		if p.alone {
			return entry{kind: p.kind}
		}
		for _, o := range [...]string{"patient", "member", "subscriber", "person", "insured", "guarantor", "mother", "father", "spouse", "emergency", "contact", "beneficiary", "resident", "guardian", "home", "mobile", "cell", "work", "client", "customer", "pt", "pat", "mbr", "sub", "bene"} {
			if string(f[:n]) == o {
				return entry{kind: p.kind}
			}
		}
	}
	return entry{}
}

// fusedPhrases are the last words of fused keys, the longer first; alone says
// that no owner needs to stand before one.
var fusedPhrases = [...]struct {
	word  string
	kind  Kind
	alone bool
}{
	{"firstname", PersonName, true}, {"lastname", PersonName, true}, {"middlename", PersonName, true}, {"fullname", PersonName, true}, {"surname", PersonName, true},
	{"dateofbirth", BirthDate, true}, {"birthdate", BirthDate, true}, {"streetaddress", StreetAddress, true}, {"postalcode", ZIP, true}, {"zipcode", ZIP, true},
	{"phonenumber", Phone, true}, {"emailaddress", Email, true}, {"sessionid", SessionID, true}, {"sessid", SessionID, true}, {"session", SessionID, true},
	{"dob", BirthDate, false}, {"ssn", SSN, false}, {"mrn", MRN, false}, {"phone", Phone, false}, {"email", Email, false}, {"address", StreetAddress, false}, {"city", StreetAddress, false}, {"zip", ZIP, false}, {"id", PatientID, false}, {"name", PersonName, false}, {"fax", Fax, false},
}

const (
	maxWords = 12
	seed     = 0xcbf29ce484222325
)

type entry struct {
	kind  Kind
	weak  bool
	blank bool // a known phrase that announces nothing
}

// mix joins hashes of words to the hash of a phrase.
func mix(h, w uint64) uint64 {
	h = (h ^ w) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// wordHash hashes the word at i, folded, and returns its end: letters up to a
// change from small to capital, or digits.
func wordHash(b []byte, i int) (uint64, int) {
	h := uint64(seed)
	j := i
	if IsDigit(b[i]) {
		for j < len(b) && IsDigit(b[j]) {
			h = (h ^ uint64(b[j])) * 0x100000001b3
			j++
		}
		return h, j
	}
	for j < len(b) && IsLetter(b[j]) {
		if j > i && IsUpper(b[j]) {
			if class[b[j-1]]&lower != 0 {
				break
			}
			if j+1 < len(b) && class[b[j+1]]&lower != 0 { // the P of "SSNPatient" starts a word
				if j-i > 1 || j+2 < len(b) && class[b[j+2]]&lower != 0 {
					break
				}
			}
		}
		h = (h ^ uint64(b[j]|0x20)) * 0x100000001b3
		j++
	}
	return h, j
}

// filler stands for the words that a key can do without between two others.
const filler = 1

// synonyms are the abbreviations that vendors of health records write in column
// and field names (NAME_FULL, PERSON_NBR, BIRTH_DT_TM, PAT_LAST_NM), each with the
// word that the phrases use. They count only beside other words: PAT alone is an
// access token, and ENC an encoding.
var synonyms = func() map[uint64]uint64 {
	m := map[uint64]uint64{}
	for word, others := range map[string][]string{
		"number":     {"nbr", "num", "nr", "no", "numero"},
		"date":       {"dt", "dttm", "dte", "fecha"},
		"name":       {"nm", "nme"},
		"patient":    {"pat", "pt", "ptnt", "patnt", "paciente"},
		"encounter":  {"encntr", "enc", "enctr"},
		"first":      {"frst", "fst"},
		"last":       {"lst"},
		"address":    {"addr", "addrs"},
		"member":     {"mbr", "mem", "memb"},
		"subscriber": {"sbr", "subscr", "subsc", "subs"},
		"person":     {"prsn", "persn"},
		"guarantor":  {"guar", "grntr"},
		"birth":      {"brth"},
		"id":         {"ident", "identifier", "idn"},
		"phone":      {"telephone", "tel", "phn"},
		"admission":  {"adm", "admit"},
		"discharge":  {"disch", "dsch", "dschrg"},
		"service":    {"svc", "srvc"},
		"insurance":  {"insur"},
	} {
		h, _ := wordHash([]byte(word), 0)
		for _, o := range others {
			w, _ := wordHash([]byte(o), 0)
			m[w] = h
		}
	}
	for _, o := range []string{"dto", "entity", "model", "vo", "record", "info", "details", "detail", "data", "demographics", "input", "param", "field", "col", "column", "txt", "cd", "str", "raw", "value", "val"} {
		w, _ := wordHash([]byte(o), 0)
		m[w] = filler
	}
	return m
}()

// technical has the words that make a key one of a program's own, whatever stands
// before them: member-api, patient_count, age_seconds.
var technical = func() map[uint64]bool {
	m := map[uint64]bool{}
	for _, w := range []string{"api", "service", "services", "svc", "server", "handler", "controller", "count", "counts", "total", "size", "length", "len", "type", "status", "state", "url", "uri", "path", "table", "topic", "queue", "version", "seconds", "secs", "ms", "millis", "bytes", "ttl", "timeout", "enabled", "disabled", "flag", "format", "schema", "index", "class", "cache", "limit", "offset", "rate", "retries", "endpoint", "client", "worker", "job", "pool", "validator", "provider", "factory", "manager", "repository", "listener", "consumer", "producer", "indexer", "sync", "verified", "required", "valid", "exists", "matches", "pattern", "regex", "policy", "mode", "level", "arn", "role", "cluster", "app", "portal", "etl", "updates", "events", "exports", "imports", "bucket", "backup", "backups", "db", "database", "dataset", "replica", "stream", "lambda", "function", "namespace", "deployment", "module", "plugin", "migration", "model", "daemon", "gateway", "bridge", "broker", "adapter", "loader", "exporter", "importer", "processor", "mapper", "parser", "writer", "reader", "config", "settings", "metrics", "stats", "logs"} {
		h, _ := wordHash([]byte(w), 0)
		m[h] = true
	}
	return m
}()

// blanks are phrases that look like an announcement and are none.
var blanks = []string{"fax id", "fax job", "fax server", "fax queue", "fax type", "password updated", "registry id", "master username", "master user name", "launch time", "file name", "message sid", "messagesid", "call sid", "callsid", "account sid", "accountsid", "sms sid", "host name", "hostname", "bucket name", "event name", "function name", "table name", "class name", "domain name", "server name", "service name", "role name", "group name", "policy name", "resource name", "key name", "field name", "column name", "thread name", "logger name", "container name", "pod name", "node name", "cluster name", "instance name", "queue name", "topic name", "stream name", "product name", "device name", "app name", "application name", "method name", "rule name", "stack name", "image name", "tag name", "parameter name", "principal name", "common name", "user agent", "session context", "session issuer", "session duration", "token type", "card type", "email verified", "phone verified", "address type", "mac", "email status", "ip version", "next token", "continuation token", "page token", "client request token", "client token", "idempotency token", "session name", "role session name", "secret id", "secret name", "secret arn", "key id", "device type", "device name type", "session type", "token code", "mail server", "street view", "age out", "max age", "user type", "login event", "call stack", "for each", "birth place", "display mode", "public key", "account id", "session credential", "user pool id", "chart type", "patient portal", "patient service", "contact flow id", "search type", "last modified", "last name type", "given type", "session ttl", "token expiry", "encounter type", "visit type", "appointment type", "order by", "city code", "ja3 fingerprint", "ja4 fingerprint", "ja3fingerprint", "ja4fingerprint", "ssh fingerprint", "key fingerprint", "cert fingerprint", "certificate fingerprint", "tls fingerprint", "console login", "consolelogin", "login to", "password last used", "secret version", "secret list", "secretsmanager secret", "platform name", "family member", "font family", "instance family", "product family", "task family", "family arn", "first seen", "first byte", "first line", "at first", "the first", "first page", "last page", "last line", "login profile", "login page", "user pool", "user group", "user data", "user count", "invoice count", "claim count", "claim type", "claim status", "claims", "card brand", "visit count", "appointment id", "license type", "license key", "license count", "license arn", "license server", "software license", "apache license", "mit license", "device count", "device class", "device arn", "session arn", "session policy", "session state", "session count", "new session", "removed session", "session closed", "session opened", "started session", "chart version", "helm chart", "chart js", "sample rate", "token count", "token url", "tokens", "pan os", "pin code len", "claim check", "pin count", "token endpoint", "city count", "address family", "street lights", "source address", "destination address", "bind address", "listen address", "remote address", "local address", "server address", "ip address type", "email address type", "address space", "memory address", "base address", "broker address", "broadcast address", "advertised address", "service address", "node address", "pod address", "virtual address", "physical address", "load address", "mac address count", "member count", "member of", "group member", "cluster member", "team member", "invalid user", "system user", "db user", "database user", "unix user", "messaging service sid", "service sid", "conference sid", "recording sid", "rx norm", "rxnorm", "device firmware", "device driver", "code system name", "assigning authority name", "authority name", "coding scheme name", "drug name", "medication name", "job name", "plan name", "payer name", "facility name", "test name", "procedure name", "effective user", "service user", "run user", "runas user", "for user", "of user"}

var phrases = func() map[uint64]entry {
	m := map[uint64]entry{}
	add := func(p string, e entry) {
		h := uint64(seed)
		b := []byte(p)
		for i := 0; i < len(b); {
			if b[i] == ' ' {
				i++
				continue
			}
			w, j := wordHash(b, i)
			i = j
			if s := synonyms[w]; s != 0 && bytes.IndexByte(b, ' ') > 0 {
				if s != filler {
					w = s
				} else if h != seed && i < len(b) {
					continue
				}
			}
			h = mix(h, w)
		}
		if old, ok := m[h]; ok && old.blank {
			return // what announces nothing wins
		}
		m[h] = e
	}
	for _, p := range blanks {
		add(p, entry{blank: true})
	}
	for k := None + 1; k < numKinds; k++ {
		for _, p := range All[k].Weak {
			add(p, entry{kind: k, weak: true})
		}
	}
	for k := numKinds - 1; k > None; k-- { // where two kinds share a phrase the lower one has it
		for _, p := range All[k].Keys {
			add(p, entry{kind: k})
		}
	}
	for k, keys := range moreKeys {
		for _, p := range keys {
			add(p, entry{kind: k})
		}
	}
	for _, p := range partKeys() {
		add(p, entry{kind: PersonName})
	}
	return m
}()
