package s3

import (
	"errors"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/scrubline/scrubline/ingest"
)

// fault is why an object could not be read. It prints S3's error code, never its
// message.
type fault struct {
	code ingest.Code // CodeGone, CodeDenied or CodeUnreadable
	word string      // S3's code, or what broke
}

func (f *fault) Error() string { return "reading object: " + f.word }

// errStalled says that no byte came for long.
var errStalled = errors.New("no byte came for long")

// faultOf sorts an error of a call. Only what may be well at another time is
// CodeUnreadable. A bucket that is not there is one of our settings that is wrong,
// or an account's that is: objects in it are not gone.
func faultOf(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	f := &fault{code: ingest.CodeUnreadable, word: "connection failed"}
	if errors.Is(err, errStalled) {
		f.word = errStalled.Error()
	}
	status := 0
	if r, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		status = r.HTTPStatusCode()
		f.word = http.StatusText(status)
	}
	if ae, ok := errors.AsType[smithy.APIError](err); ok && ae.ErrorCode() != "" {
		f.word = word(ae.ErrorCode())
	}
	switch f.word {
	case "NoSuchKey", "NoSuchVersion", "PreconditionFailed", "MethodNotAllowed": // the last: it is a delete marker
		f.code = ingest.CodeGone
	case "NoSuchBucket", "ExpiredToken", "RequestTimeTooSkewed", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed":
	case "AccessDenied", "AllAccessDisabled", "InvalidObjectState":
		f.code = ingest.CodeDenied
	default:
		switch {
		case strings.HasPrefix(f.word, "KMS."): // the key is disabled, deleted or not ours
			f.code = ingest.CodeDenied
		case status == http.StatusForbidden:
			f.code = ingest.CodeDenied
		case status == http.StatusNotFound, status == http.StatusPreconditionFailed, status == http.StatusMethodNotAllowed:
			f.code = ingest.CodeGone
		}
	}
	return f
}

// word keeps of a server's error code what error codes are made of.
func word(code string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return -1
	}, code[:min(len(code), 64)])
}
