package s3

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/scrubline/scrubline/store/archive/object"
)

// errNoLock says that an object has no lock of the kind that was asked for.
var errNoLock = errors.New("object has no such lock")

// passing are codes of 4xx answers after which the same request may succeed: bytes
// that were changed or cut on the way, credentials that the SDK renews, a clock
// that it corrects.
var passing = map[string]bool{
	"BadDigest": true, "XAmzContentChecksumMismatch": true, "XAmzContentSHA256Mismatch": true, "IncompleteBody": true,
	"RequestTimeout": true, "ExpiredToken": true, "TokenRefreshRequired": true, "RequestTimeTooSkewed": true,
	"ConditionalRequestConflict": true, "OperationAborted": true,
}

// status returns the HTTP status of an answer, 0 if there was none.
func status(err error) int {
	if re, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return re.HTTPStatusCode()
	}
	return 0
}

func code(err error) string {
	if ae, ok := errors.AsType[smithy.APIError](err); ok {
		return ae.ErrorCode()
	}
	return ""
}

// taken says whether err is the answer that the key holds an object.
func taken(err error) bool { return status(err) == http.StatusPreconditionFailed }

// known turns the server's words into the store's.
func known(err error) error {
	at, code := status(err), code(err)
	switch {
	case err == nil:
		return nil
	case code == "NoSuchKey", code == "NotFound", code == "NoSuchVersion", code == "MethodNotAllowed": // the last of a delete marker
		return object.ErrNotExist
	case code == "NoSuchObjectLockConfiguration", code == "ObjectLockConfigurationNotFoundError":
		return errNoLock
	case passing[code], at < 400, at >= 500, at == http.StatusRequestTimeout, at == http.StatusConflict, at == http.StatusTooManyRequests:
		return err
	}
	return fmt.Errorf("%w: %s (%d)", object.ErrRefused, code, at)
}
