package envelope

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest/jsonwalk"
)

// weight says what a key tells about the object it is in.
type weight uint8

const (
	foreign weight = iota // in no envelope
	weak                  // in envelopes and elsewhere
	strong                // hardly anywhere else
)

// weights are the keys of all envelopes. An object with a foreign key before its
// first strong one is no envelope: that settles it for most records after two
// keys, without reading the rest.
var weights = func() map[string]weight {
	m := map[string]weight{}
	for _, k := range []string{
		"owner", "subscriptionFilters", "policyLevel", // CloudWatch
		"recordId", "data", "approximateArrivalTimestamp", "requestId", "timestamp", "records", "region", // Firehose
		"eventSource", "eventVersion", "eventID", "eventName", "invokeIdentityArn", "awsRegion", "eventSourceARN", "Records", // Kinesis
		"version", "id", "source", "account", "time", "resources", "detail", // EventBridge
		"Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", // SNS
		"EventVersion", "EventSource", "Events", "NextToken", "EventId", "EventName", "ReadOnly", "AccessKeyId", "EventTime", "Username", "Resources", // LookupEvents
		"_time", "host", "index", "sourcetype", // captures
	} {
		m[k] = weak
	}
	for _, k := range []string{
		"messageType", "logGroup", "logStream", "logEvents", "awslogs",
		"kinesis", "kinesisRecordMetadata", "invocationId", "deliveryStreamArn", "sourceKinesisStreamArn",
		"detail-type", "Sns", "EventSubscriptionArn", "SignatureVersion", "CloudTrailEvent", "_raw",
	} {
		m[k] = strong
	}
	return m
}()

// found is what look makes of an object.
type found struct {
	kind    Kind
	control bool   // a control message of CloudWatch
	list    []byte // the array to take apart
	text    []byte // or the JSON string that holds the content, without quotes
	object  []byte // or the object to hand out
	encoded bool   // text is base64
	framed  bool   // text may hold lines, not only JSON
}

// members are the values of an object that look needs, as written.
type members struct {
	messageType, logEvents []byte
	group, stream, owner   []byte
	awslogs, kinesis, sns  []byte
	data, recordID         []byte
	upper, records, events []byte
	detailType, detail     []byte
	notification, message  []byte
	trail, raw             []byte
	keys                   int
	hasStrong, onlyKnown   bool
}

// look says whether b, an object, is an envelope, and what is in it.
func look(b []byte, m *members) found {
	if !m.read(b) {
		return found{}
	}
	switch {
	case isArray(m.logEvents):
		t, _ := jsonwalk.Text(m.messageType)
		if string(t) == "CONTROL_MESSAGE" {
			return found{kind: CloudWatch, control: true}
		}
		if string(t) == "DATA_MESSAGE" || m.messageType == nil && firstHas(m.logEvents, "message") {
			return found{kind: CloudWatch, list: m.logEvents}
		}
	case m.awslogs != nil:
		if t, ok := jsonwalk.Text(member(m.awslogs, "data")); ok {
			return found{kind: Lambda, text: t, encoded: true}
		}
	case m.kinesis != nil:
		if t, ok := jsonwalk.Text(member(m.kinesis, "data")); ok {
			return found{kind: Kinesis, text: t, encoded: true, framed: true}
		}
	case m.sns != nil:
		if t, ok := jsonwalk.Text(member(m.sns, "Message")); ok {
			return found{kind: SNS, text: t}
		}
	case m.trail != nil:
		if t, ok := jsonwalk.Text(m.trail); ok {
			return found{kind: Lookup, text: t}
		}
	case m.raw != nil:
		if t, ok := jsonwalk.Text(m.raw); ok {
			return found{kind: Capture, text: t}
		}
	case m.detailType != nil && len(m.detail) > 0 && m.detail[0] == '{':
		return m.bridge()
	case m.message != nil:
		if n, _ := jsonwalk.Text(m.notification); string(n) == "Notification" {
			if t, ok := jsonwalk.Text(m.message); ok {
				return found{kind: SNS, text: t}
			}
		}
	case m.data != nil && m.onlyKnown && (m.recordID != nil || m.keys == 1):
		if t, ok := jsonwalk.Text(m.data); ok {
			return found{kind: Kinesis, text: t, encoded: true, framed: m.recordID != nil}
		}
	case isArray(m.upper):
		return found{kind: container, list: m.upper}
	case isArray(m.records):
		if firstHas(m.records, "data") || firstHas(m.records, "kinesis") {
			return found{kind: container, list: m.records}
		}
	case isArray(m.events):
		if firstHas(m.events, "CloudTrailEvent") {
			return found{kind: container, list: m.events}
		}
	}
	return found{}
}

// bridge opens the details of EventBridge that are log records.
func (m *members) bridge() found {
	t, _ := jsonwalk.Text(m.detailType)
	switch {
	case bytes.HasSuffix(t, []byte(" via CloudTrail")),
		bytes.HasPrefix(t, []byte("GuardDuty Finding")),
		bytes.HasPrefix(t, []byte("Inspector2 Finding")),
		bytes.HasPrefix(t, []byte("Macie Finding")):
		return found{kind: EventBridge, object: m.detail}
	case bytes.HasPrefix(t, []byte("Security Hub Findings")):
		if list := member(m.detail, "findings"); isArray(list) {
			return found{kind: EventBridge, list: list}
		}
	}
	return found{}
}

// read notes the members of b and says whether it may be an envelope.
func (m *members) read(b []byte) bool {
	*m = members{onlyKnown: true}
	it, ok := jsonwalk.Iterate(b)
	for ok && it.Next() {
		m.keys++
		switch weights[string(it.Key)] {
		case foreign:
			if !m.hasStrong {
				return false
			}
			m.onlyKnown = false
			continue
		case strong:
			m.hasStrong = true
		}
		if p := m.place(it.Key); p != nil {
			if *p != nil { // twice: which one others read, nobody knows
				return false
			}
			*p = it.Value
		}
	}
	return m.keys > 0
}

func (m *members) place(key []byte) *[]byte {
	switch string(key) {
	case "messageType":
		return &m.messageType
	case "logEvents":
		return &m.logEvents
	case "logGroup":
		return &m.group
	case "logStream":
		return &m.stream
	case "owner":
		return &m.owner
	case "awslogs":
		return &m.awslogs
	case "kinesis":
		return &m.kinesis
	case "Sns":
		return &m.sns
	case "data":
		return &m.data
	case "recordId":
		return &m.recordID
	case "Records":
		return &m.upper
	case "records":
		return &m.records
	case "Events":
		return &m.events
	case "detail-type":
		return &m.detailType
	case "detail":
		return &m.detail
	case "Type":
		return &m.notification
	case "Message":
		return &m.message
	case "CloudTrailEvent":
		return &m.trail
	case "_raw":
		return &m.raw
	}
	return nil
}

func isArray(b []byte) bool { return len(b) > 0 && b[0] == '[' }

// member returns the value of an object's member, nil if it has none.
func member(b []byte, key string) []byte {
	it, ok := jsonwalk.Iterate(b)
	for ok && it.Next() {
		if string(it.Key) == key {
			return it.Value
		}
	}
	return nil
}

// firstHas says whether the first element of a list is an object with that key.
func firstHas(list []byte, key string) bool {
	it, ok := jsonwalk.Iterate(list)
	return ok && it.Next() && member(it.Value, key) != nil
}
