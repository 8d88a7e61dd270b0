package drill

import (
	"encoding/json"
	"time"
)

// step is one call of a made-up intruder.
type step struct {
	source, name string
	request      map[string]any
}

// compromise is a stolen credential at work: it asks who it is, makes itself an
// administrator and a way back in, and stops the log.
var compromise = []step{
	{"sts.amazonaws.com", "GetCallerIdentity", nil},
	{"iam.amazonaws.com", "AttachUserPolicy", map[string]any{"userName": "scrubline-drill", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}},
	{"iam.amazonaws.com", "CreateLoginProfile", map[string]any{"userName": "scrubline-drill", "passwordResetRequired": false}},
	{"cloudtrail.amazonaws.com", "StopLogging", map[string]any{"name": "scrubline-drill"}},
}

// CredentialCompromise returns a CloudTrail file of a drill's events at a time, and
// their ids. The account, the user and the address (RFC 5737) are nobody's.
func (m *Marker) CredentialCompromise(drill string, at time.Time) (file []byte, ids []string) {
	var records []any
	for i, s := range compromise {
		id := m.ID(drill, uint16(i))
		ids = append(ids, id)
		records = append(records, map[string]any{
			"eventVersion": "1.09", "eventTime": at.UTC().Add(time.Duration(i) * time.Second).Format(time.RFC3339), "eventSource": s.source, "eventName": s.name,
			"awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.1", "userAgent": "scrubline-drill", "requestParameters": s.request, "responseElements": nil,
			"eventID": id, "requestID": id, "readOnly": s.request == nil, "eventType": "AwsApiCall", "managementEvent": true, "eventCategory": "Management",
			"recipientAccountId": "000000000000",
			"userIdentity": map[string]any{
				"type": "IAMUser", "userName": "scrubline-drill", "accountId": "000000000000", "arn": "arn:aws:iam::000000000000:user/scrubline-drill",
				"principalId": "AIDASCRUBLINEDRILL000", "accessKeyId": "AKIASCRUBLINEDRILL00",
			},
		})
	}
	file, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		return nil, nil // maps of texts always marshal
	}
	return file, ids
}
