package s3

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"
)

// notice is what a message announces.
type notice struct {
	objects []Object
	test    bool // S3 or CloudTrail tries out whether the queue can be reached
	others  int  // events that made no object: a removal, a transition
}

// errNotice says that a message is no notification. It holds no text of it.
var errNotice = errors.New("reading a notification: not one of S3, EventBridge or CloudTrail")

// maxWrapping is how many notifications of SNS may lie inside one another.
const maxWrapping = 4

// parseNotice reads a message: a notification of S3 as it is, through SNS or
// through EventBridge, or one of CloudTrail through SNS, which names objects
// without their size.
func parseNotice(body []byte) (notice, error) { return unwrap(body, 0) }

// message has the tell-tale members of all forms. Their names differ in case only
// where AWS writes them so.
type message struct {
	Records []record // S3
	Event   string   // S3's test

	Type    string // SNS
	Message *string

	DetailType string `json:"detail-type"` // EventBridge
	Source     string `json:"source"`
	Time       time.Time
	Detail     struct {
		Bucket struct{ Name string }
		Object struct {
			Key       string
			Size      *int64
			ETag      string
			VersionID string `json:"version-id"`
		}
	}

	Bucket string   `json:"s3Bucket"` // CloudTrail
	Keys   []string `json:"s3ObjectKey"`
}

type record struct {
	EventSource string
	EventName   string
	EventTime   time.Time
	S3          struct {
		Bucket struct{ Name string }
		Object struct {
			Key       string
			Size      *int64
			ETag      string
			VersionID string `json:"versionId"`
		}
	}
}

func unwrap(body []byte, depth int) (n notice, err error) {
	if strings.HasPrefix(string(body), "CloudTrail validation message") {
		return notice{test: true}, nil
	}
	var m message
	if json.Unmarshal(body, &m) != nil || depth > maxWrapping {
		return n, errNotice
	}
	switch {
	case m.Event == "s3:TestEvent":
		return notice{test: true}, nil
	case m.Type == "Notification" && m.Message != nil:
		return unwrap([]byte(*m.Message), depth+1)
	case m.Source == "aws.s3":
		return m.eventBridge()
	case m.Bucket != "" && len(m.Keys) > 0:
		for _, k := range m.Keys {
			n.objects = append(n.objects, Object{Bucket: m.Bucket, Key: k, Size: -1})
		}
		return n, nil
	case len(m.Records) > 0:
		return m.s3()
	}
	return n, errNotice
}

// s3 reads what S3 itself writes: its keys are encoded as in forms, with + for a
// blank.
func (m *message) s3() (n notice, err error) {
	for _, r := range m.Records {
		name := strings.TrimPrefix(r.EventName, "s3:") // as MinIO writes it
		switch {
		case !strings.HasPrefix(name, "Object"):
			return n, errNotice
		case !strings.HasPrefix(name, "ObjectCreated:") && name != "ObjectRestore:Completed":
			n.others++
			continue
		}
		o := r.S3.Object
		key, err := url.QueryUnescape(o.Key)
		if err != nil || key == "" || r.S3.Bucket.Name == "" {
			return n, errNotice
		}
		n.objects = append(n.objects, Object{Bucket: r.S3.Bucket.Name, Key: key, Version: o.VersionID, ETag: unquote(o.ETag), Size: sizeOf(o.Size), Time: r.EventTime})
	}
	return n, nil
}

// eventBridge reads an event of EventBridge, whose keys are as they are.
func (m *message) eventBridge() (n notice, err error) {
	switch m.DetailType {
	case "Object Created", "Object Restore Completed":
	default:
		return notice{others: 1}, nil
	}
	o := m.Detail.Object
	if o.Key == "" || m.Detail.Bucket.Name == "" {
		return n, errNotice
	}
	return notice{objects: []Object{{Bucket: m.Detail.Bucket.Name, Key: o.Key, Version: o.VersionID, ETag: unquote(o.ETag), Size: sizeOf(o.Size), Time: m.Time}}}, nil
}

// sizeOf is -1 for a size that is not told: S3 leaves it out of some events.
func sizeOf(n *int64) int64 {
	if n == nil || *n < 0 {
		return -1
	}
	return *n
}
