package recognizer

import "github.com/scrubline/scrubline/schemas"

// Patient ids of an application (R): FHIR references, path segments, keys.
var patientID = Recognizer{
	Name: "patient_id", Letter: 'R', Treat: schemas.Token, Token: "patient",
	Keys: []string{"patient id", "patientid", "patient", "pt id", "ptid", "patient identifier", "patient uuid", "person id", "personid", "subject id", "subject", "x patient id", "pat id", "patid", "patientref", "patient key", "patient guid", "patientuuid", "patientguid", "current patient", "fhir patient", "set pid", "pid patient", "patient number", "patient no", "patient ref", "patient reference", "client id patient", "ptno", "patient fhir id", "patient external id", "external patient id", "person uuid", "person key", "person guid", "subject reference", "patient resource id", "dfn", "proxy for", "on behalf of id"},
	Value: func(b []byte, i int, _ bool) int {
		if folded(b[i:], "patient/") {
			i += len("patient/")
		}
		e := identifier(b, i, 1)
		if e > 0 && version(b[i:e]) {
			return 0
		}
		return e
	},
}

// Session ids (R): they tie records to a person as a name does.
var sessionID = Recognizer{
	Name: "session_id", Letter: 'R', Treat: schemas.Token, Token: "session",
	Keys: []string{"session", "session id", "sessionid", "sid", "jsessionid", "phpsessid", "connect sid", "asp net sessionid", "sess", "session token", "xsrf session", "aspsessionid", "user session", "sessiontoken", "visitor id", "visitorid", "session cookie", "auth session", "sess id", "session key", "session hash", "http session", "web session", "login session"},
	Value: func(b []byte, i int, weak bool) int {
		if folded(b[i:], "0x") { // of ZooKeeper, a handle
			return 0
		}
		return opaque(b, i, weak)
	},
}

// Logged-in persons who are not known to be workforce (R).
var userID = Recognizer{
	Name: "user_id", Letter: 'R', Treat: schemas.Token, Token: "user",
	Keys: []string{"user", "user id", "userid", "username", "user name", "uname", "login", "login id", "loginid", "sub", "account user", "portal user", "ptuser", "uid", "x user name", "x amzn oidc identity", "mychart user", "proxy user", "patient user", "portal username", "portal login", "logged in user", "remote user", "x user id", "x remote user", "cognito username", "cognito user", "user sub", "fhiruser", "auth user", "screen name", "cs username", "acting user", "logged in", "signed in user", "usr", "account login", "enduser", "enduser id", "end user", "end user id"},
	Value: func(b []byte, i int, weak bool) int {
		e := opaque(b, i, weak)
		if e == 0 || IPv4At(b, i) > 0 || e < len(b) && b[e] == '/' || ServiceAccount(b[i:e]) || e-i < 5 && run(b, i) == e || !wordy(b[i:e]) {
			return 0
		}
		return e
	},
}

// wordy says that w is no number with a point: user=0.31 is a time.
func wordy(w []byte) bool {
	for k, c := range w {
		if IsLetter(c) || c == '.' && k == 0 {
			return true
		}
	}
	return len(w) > 5 && run(w, 0) == len(w)
}

// Handle says that a word in small letters can be the name that somebody logs in
// with: no ordinary word.
func Handle(w []byte) bool {
	return len(w) > 3 && class[w[0]]&lower != 0 && known(w)&isOrdinary == 0 && !stop(w) && Cue(w) == NoCue
}

// ServiceAccount says that a user name is that of a machine, a role or a
// built-in account: nobody of the public.
func ServiceAccount(w []byte) bool {
	if len(w) > 40 {
		return false
	}
	if len(w) >= 4 && folded(w, "arn:") || len(w) == 12 && run(w, 0) == 12 {
		return true
	}
	var f [40]byte
	for i, c := range w {
		f[i] = c
		if IsUpper(c) {
			f[i] |= 0x20
		}
	}
	if serviceAccounts[string(f[:len(w)])] {
		return true
	}
	for i := 0; i < len(w); i++ { // svc-mirth, etl_user, backup-role
		if i == 0 || f[i-1] == '-' || f[i-1] == '_' || f[i-1] == '.' {
			j := i
			for j < len(w) && IsLetter(f[j]) {
				j++
			}
			if machineWords[string(f[i:j])] {
				return true
			}
		}
	}
	return false
}

var serviceAccounts, machineWords = func() (a, m map[string]bool) {
	a, m = map[string]bool{}, map[string]bool{}
	for _, w := range []string{"root", "admin", "administrator", "ubuntu", "ec2-user", "centos", "debian", "postgres", "mysql", "oracle", "nginx", "apache", "httpd", "www-data", "nobody", "daemon", "bin", "sys", "deploy", "jenkins", "git", "guest", "system", "localsystem", "anonymous", "ftp", "tomcat", "hadoop", "spark", "kafka", "elastic", "kibana", "logstash", "redis", "rabbitmq", "docker", "vagrant", "ansible", "nagios", "zabbix", "prometheus", "grafana", "splunk", "sa", "dba", "operator", "support", "info", "user", "users", "session", "https", "http", "success", "failure", "failed", "login", "logout", "yes", "no", "public", "private", "default", "unknown", "any", "self", "mail", "postfix", "sshd", "cron", "systemd", "dbus", "backup", "manager", "pi", "hdfs", "yarn", "master", "app", "api", "web", "www", "service", "phone"} {
		a[w] = true
	}
	for _, w := range []string{"svc", "service", "bot", "role", "etl", "system", "admin", "backup", "deploy", "terraform", "jenkins", "lambda", "team", "test", "ci", "batch", "cron", "agent", "daemon", "worker", "pipeline", "robot", "automation", "monitoring", "readonly", "reader", "writer", "elastic"} {
		m[w] = true
	}
	return a, m
}()

// Any other unique number or code (R): encounters, accessions, prescriptions.
var otherID = Recognizer{
	Name: "other_id", Letter: 'R', Treat: schemas.Label,
	Keys: []string{"encounter id", "encounterid", "encounter number", "encounter", "visit id", "visitid", "visit number", "accession", "accession number", "accession no", "accessionnumber", "rx number", "rx no", "prescription number", "prescription id", "specimen id", "case number", "referral number", "authorization number", "launch", "csn", "fin", "fin number", "order number", "study instance uid", "studyinstanceuid", "rxnumber", "rxnum", "rxno", "rx", "prescription no", "prescription", "placer order number", "filler order number", "requisition number", "requisition", "specimen number", "referral id", "prior authorization number", "auth number", "case id", "caseid", "csn number", "contact serial number", "visit no", "encounter no", "admission id", "admission number", "study uid", "series uid", "sop instance uid", "claim control number", "confirmation number", "ticket id patient", "donor id", "employee id", "student id", "badge number", "badge id", "household id", "subject number", "transplant id", "registry id", "tracking id patient", "prior auth", "prior auth number", "prior auth no", "pa number", "authorization id", "referral no", "accession id", "encounter key", "encounter csn", "confirmation no", "imaging order", "referral", "visit key", "admission no", "fin no", "requisition no", "order accession", "specimen no", "rx id"},
	Weak: []string{"enc", "vis"},
	Value: func(b []byte, i int, weak bool) int {
		if weak { // enc=297058535 is an encounter, enc=utf-8 is not
			if e := run(b, i); e-i < 6 || e-i > 12 || !boundary(b, e) {
				return 0
			}
		}
		return identifier(b, i, 2)
	},
}

// opaque takes a value up to a delimiter.
func opaque(b []byte, i int, _ bool) int {
	j := i
	for j < len(b) && j-i < 512 {
		c := b[j]
		if !IsWord(c) && c != '-' && c != '_' && c != '.' && c != '@' && c != '+' && c != '~' && c != ':' && c != '=' && c != '%' && c != '|' && c != '\\' {
			break
		}
		j++
	}
	for j > i && !IsWord(b[j-1]) {
		j--
	}
	if j-i < 2 || stop(b[i:j]) {
		return 0
	}
	return j
}
