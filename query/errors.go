package query

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// What can go wrong with a query that was written well. Their texts may be shown
// to whoever asked.
var (
	ErrTimeout     = errors.New("the query took longer than is allowed; narrow the time range or add a term")
	ErrTooLarge    = errors.New("the query needs more memory or rows than is allowed; narrow the time range or add a term")
	ErrBadCursor   = errors.New("the cursor does not belong to this query")
	ErrUnavailable = errors.New("the store does not answer")
)

// Codes of ClickHouse: https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
const (
	codeTooManyRows      = 158
	codeTimeout          = 159
	codeTooSlow          = 160
	codeTooManyQueries   = 202
	codeMemory           = 241
	codeTooManyRowsBytes = 396
	codeCancelled        = 394
)

// Shown reports whether the text of an error may be shown to whoever asked.
func Shown(err error) bool {
	for _, own := range []error{ErrTimeout, ErrTooLarge, ErrBadCursor, ErrUnavailable, ErrNoTokens} {
		if errors.Is(err, own) {
			return true
		}
	}
	return false
}

// ServerError is another error of the server. Its message is left out: it may
// quote data.
type ServerError struct{ Code int32 }

func (e *ServerError) Error() string { return fmt.Sprintf("the store answered with error %d", e.Code) }

// Classify turns a driver's error into one of this package, without its text: for
// packages that ask the store themselves.
func Classify(ctx context.Context, err error) error { return classify(ctx, err) }

// classify turns a driver's error into one of this package, without its text.
func classify(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if Shown(err) {
		return err
	}
	if e, ok := errors.AsType[*clickhouse.Exception](err); ok {
		switch e.Code {
		case codeTimeout, codeTooSlow, codeCancelled:
			return ErrTimeout
		case codeMemory, codeTooManyRows, codeTooManyRowsBytes:
			return ErrTooLarge
		case codeTooManyQueries:
			return ErrUnavailable
		}
		return &ServerError{Code: e.Code}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, os.ErrDeadlineExceeded) { // a connection's own clock
		return ErrTimeout
	}
	return ErrUnavailable
}
