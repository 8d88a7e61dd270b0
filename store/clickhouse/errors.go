package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// ErrForeignRows says that the table holds rows under a batch's key that the
// batch does not have: other content under the same name. Retrying cannot mend
// it; the archive tells who is right.
var ErrForeignRows = errors.New("rows in clickhouse that the batch does not have")

// ErrBadBatch says that a batch contradicts itself: its rows do not carry its
// key and their numbers, or it was given twice.
var ErrBadBatch = errors.New("batch whose rows do not carry its key and numbers")

// ServerError is an exception of ClickHouse without its message, which may quote
// data.
type ServerError struct {
	Code int32
}

func (e *ServerError) Error() string {
	name := "unknown"
	if c := proto.Error(e.Code); c.IsAError() {
		name = c.String()
	}
	return fmt.Sprintf("clickhouse error %d %s", e.Code, name)
}

// permanent reports codes that another try does not change.
func (e *ServerError) permanent() bool {
	switch proto.Error(e.Code) {
	case proto.ErrUnknownTable, proto.ErrUnknownDatabase, proto.ErrNoSuchColumnInTable, proto.ErrTypeMismatch,
		proto.ErrUnknownIdentifier, proto.ErrSyntaxError, proto.ErrUnknownSetting, proto.ErrReadonly,
		proto.ErrAccessDenied, proto.ErrAuthenticationFailed, proto.ErrUnknownUser, proto.ErrWrongPassword,
		proto.ErrNumberOfColumnsDoesntMatch, proto.ErrThereIsNoColumn:
		return true
	}
	return false
}

// errConnection stands for an error of a driver whose text we cannot vouch for.
var errConnection = errors.New("clickhouse connection broke or spoke nonsense")

// Redact returns what of a driver's error may be shown and logged: a
// ServerError, a context's or a network's error; anything else becomes one
// sentence without detail.
func Redact(err error) error {
	if err == nil {
		return nil
	}
	var se *ServerError
	if errors.As(err, &se) {
		return se
	}
	if e, ok := errors.AsType[*ch.Exception](err); ok {
		return &ServerError{Code: int32(e.Code)}
	}
	if e, ok := errors.AsType[*clickhouse.Exception](err); ok {
		return &ServerError{Code: e.Code}
	}
	if errors.Is(err, ErrForeignRows) || errors.Is(err, ErrBadBatch) {
		return err // ours: it names keys
	}
	for _, known := range []error{
		context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
		os.ErrDeadlineExceeded, clickhouse.ErrAcquireConnTimeout,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return fmt.Errorf("clickhouse connection: %w", errno)
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return errors.New("clickhouse connection: host name does not resolve")
	}
	return errConnection
}
