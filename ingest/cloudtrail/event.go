package cloudtrail

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
)

// event sets the columns that follow from several fields.
func (d *decoder) event() {
	rec, at := d.rec, &d.at
	rec.SetNum(schemas.ReadOnly, at.readOnly)
	rec.SetNum(schemas.MFA, at.mfa)
	source, action := d.value(at.source), d.value(at.action)
	class, activity := classify(source, action, at.data, at.readOnly == yes)
	rec.SetNum(schemas.ClassUID, class)
	rec.SetNum(schemas.ActivityID, activity)
	switch code := d.value(at.errorCode); {
	case at.failed, len(code) > 0 && !success(code):
		rec.SetNum(schemas.StatusID, 2)
	case len(action) > 0 && !at.insight: // an Insight has no outcome
		rec.SetNum(schemas.StatusID, 1)
	}
	if len(action) == 0 || len(source) == 0 {
		rec.SetFlag(schemas.FlagOddShape)
	}
	if at.resource > 0 && at.requested > 0 {
		d.dropRequestResources()
	}
	if string(source) == "iam.amazonaws.com" {
		d.directory()
	}
	d.actorColumns()
	if r := at.recipient; r > 0 && (at.account == 0 || rec.Fields[at.account-1].Column != schemas.CloudAccount) {
		f := &rec.Fields[r-1]
		rec.AddAlias(int(f.Start), int(f.End), schemas.CloudAccount, f.Enc)
	}
}

// value returns the bytes of a field, given as index plus one; nil for 0.
func (d *decoder) value(i int) []byte {
	if i == 0 {
		return nil
	}
	f := &d.rec.Fields[i-1]
	return d.raw[f.Start:f.End]
}

// dropRequestResources takes the column resource_ids from request parameters,
// which stand in only where a record lists no resources.
func (d *decoder) dropRequestResources() {
	fields := d.rec.Fields[d.at.requested-1 : d.at.requestedLast]
	for i := range fields {
		if f := &fields[i]; f.Column == schemas.ResourceIDs {
			switch d.key(f) {
			case "ARN", "ARNPrefix", "arn":
			default:
				f.Column = schemas.None
			}
		}
	}
}

// directory lets the user names of IAM stand: they are the organisation's own
// people and machines, as those who act are. They are still searched as text.
func (d *decoder) directory() {
	for i := range d.rec.Fields {
		if f := &d.rec.Fields[i]; string(d.raw[f.KeyStart:f.KeyEnd]) == "userName" && f.Treat == schemas.Scan {
			f.KeyStart, f.KeyEnd = 0, 0
		}
	}
}

// success says whether an error code is none: some services log an HTTP status.
func success(code []byte) bool {
	return len(code) == 3 && code[0] == '2' && code[1]-'0' < 10 && code[2]-'0' < 10
}

// OCSF classes of CloudTrail events.
const (
	classAuthentication = 3002
	classAPI            = 6003
	classDatastore      = 6005
)

// classify returns OCSF's class_uid and the class's activity_id.
func classify(source, action []byte, data, readOnly bool) (class, activity uint64) {
	switch string(source) {
	case "signin.amazonaws.com":
		switch string(action) {
		case "ConsoleLogin", "CheckMfa", "SwitchRole", "GetSigninToken", "UserAuthentication", "CredentialVerification":
			return classAuthentication, 1
		case "ExitRole", "Logout", "UserLogout":
			return classAuthentication, 2
		}
	case "sts.amazonaws.com":
		if bytes.HasPrefix(action, []byte("AssumeRole")) || string(action) == "GetSessionToken" || string(action) == "GetFederationToken" {
			return classAuthentication, 1
		}
	case "s3.amazonaws.com", "s3express.amazonaws.com", "s3-outposts.amazonaws.com", "dynamodb.amazonaws.com", "rds-data.amazonaws.com", "rdsdata.amazonaws.com":
		if data {
			return classDatastore, verbOf(action).datastore(readOnly)
		}
	}
	if len(action) == 0 {
		return classAPI, 0
	}
	return classAPI, verbOf(action).api(readOnly)
}

// verb is what an API's name says it does.
type verb uint8

const (
	other verb = iota
	creates
	writes
	reads
	lists
	queries
	updates
	deletes
)

// verbs are the words API names begin with, by their first letter.
var verbs = func() (t [26][]verbWord) {
	for v, words := range map[verb][]string{
		creates: {"Create", "Run", "Start", "Allocate", "Import", "Register", "Launch"},
		writes:  {"Put", "BatchWrite", "TransactWrite", "Copy", "Upload", "CompleteMultipart", "Publish", "Post"},
		reads:   {"Get", "Describe", "Head", "BatchGet", "TransactGet", "Lookup", "Search", "Download"},
		lists:   {"List"},
		queries: {"Query", "Scan", "Select", "ExecuteStatement", "BatchExecute", "ExecuteTransaction"},
		updates: {"Update", "Modify", "Attach", "Detach", "Associate", "Disassociate", "Set", "Add", "Remove", "Tag", "Untag", "Enable", "Disable", "Authorize", "Revoke", "Change", "Reset", "Replace", "Restore", "Stop"},
		deletes: {"Delete", "Terminate", "Abort"},
	} {
		for _, w := range words {
			t[w[0]-'A'] = append(t[w[0]-'A'], verbWord{[]byte(w), v})
		}
	}
	return t
}()

type verbWord struct {
	word []byte
	verb verb
}

func verbOf(action []byte) verb {
	if len(action) == 0 || action[0]-'A' > 25 {
		return other
	}
	for _, w := range verbs[action[0]-'A'] {
		if bytes.HasPrefix(action, w.word) {
			return w.verb
		}
	}
	return other
}

// api returns the activity of class API Activity.
func (v verb) api(readOnly bool) uint64 {
	switch {
	case readOnly || v == reads || v == lists || v == queries:
		return 2
	case v == creates || v == writes:
		return 1
	case v == updates:
		return 3
	case v == deletes:
		return 4
	}
	return 99
}

// datastore returns the activity of class Datastore Activity.
func (v verb) datastore(readOnly bool) uint64 {
	switch v {
	case reads:
		return 1
	case updates:
		return 2
	case queries:
		return 4
	case writes:
		return 5
	case creates:
		return 6
	case deletes:
		return 7
	case lists:
		return 8
	}
	if readOnly {
		return 1
	}
	return 99
}
