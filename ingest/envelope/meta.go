package envelope

import (
	"strings"

	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/ingest/text"
)

// Kind is a kind of envelope.
type Kind uint8

const (
	None        Kind = iota
	CloudWatch       // a subscription of CloudWatch Logs, {"messageType":…,"logEvents":[…]}
	Lambda           // {"awslogs":{"data":…}}
	Kinesis          // a record of Kinesis or Firehose
	EventBridge      // {"detail-type":…,"detail":{…}}
	SNS              // a notification
	Lookup           // an event of CloudTrail's LookupEvents
	Capture          // {"_raw":"{…}"}
	container        // a list of entries, no envelope by itself
)

func (k Kind) String() string {
	return [...]string{"none", "cloudwatch", "lambda", "kinesis", "eventbridge", "sns", "lookup", "capture", "container"}[k]
}

// Meta is what the envelopes around an entry say about it. Group and stream are
// names of AWS resources, no content of records.
type Meta struct {
	Kind      Kind // the outermost envelope, None if the entry came in none
	LogGroup  string
	LogStream string
	Owner     string // account of the log group
	Time      int64  // of the log event, Unix milliseconds, 0 if unknown
}

// Source returns the source that AWS's naming of groups and streams suggests, or
// "".
func (m *Meta) Source() string {
	switch {
	case m.Kind == Lookup, strings.Contains(m.LogStream, "_CloudTrail_"):
		return "aws_cloudtrail"
	case strings.HasPrefix(m.LogStream, "eni-"):
		return "aws_vpcflow"
	case strings.HasPrefix(m.LogGroup, "aws-waf-logs-"):
		return "aws_waf"
	}
	return ""
}

// setString sets s to the text of a JSON string, without an allocation if it is
// that already.
func setString(s *string, value []byte) {
	t, ok := jsonwalk.Text(value)
	if ok && string(t) != *s {
		*s = string(jsonwalk.Unescape(nil, t))
	}
}

// millis reads a timestamp of CloudWatch: milliseconds. Some tools write
// seconds, which no log of this century reaches in milliseconds.
func millis(value []byte) int64 {
	n, ok := text.Uint(value)
	switch {
	case !ok || n >= 1e14:
		return 0
	case n < 1e11:
		return int64(n) * 1000
	}
	return int64(n)
}
