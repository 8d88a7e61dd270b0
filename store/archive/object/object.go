// Package object is the contract of the place where the archive's objects lie:
// a local folder (package object/local) or a bucket with S3 Object Lock.
//
// Words: an object is a key and bytes that never change. Storing one twice is
// not an update, it is ErrExists.
package object

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrExists says that the key holds an object already: nothing was written,
	// and what is there is as durable as after a Put that returned nil. The
	// object may be our own, if the answer to an earlier Put was lost.
	ErrExists = errors.New("object exists")
	// ErrNotExist says that the key holds no object.
	ErrNotExist = errors.New("object does not exist")
	// ErrKey says that the key is not of the form CheckKey describes.
	ErrKey = errors.New("bad object key")
)

// Mode is the lock on an object, in the words of S3 Object Lock.
type Mode uint8

const (
	Unlocked   Mode = iota // the store cannot lock; file permissions at best
	Governance             // some principal may lift it
	Compliance             // nobody can lift or shorten it
)

// Info describes a stored object.
type Info struct {
	Key         string
	Size        int64 // bytes
	Stored      time.Time
	Mode        Mode
	LockedUntil time.Time // zero if Mode is Unlocked
}

// Store keeps objects that are written once and never changed.
//
// What a store owes: its methods may be called from many goroutines and many
// processes at a time. An object becomes visible whole or not at all, whatever
// dies on the way. A nil error from Put means durable: it survives the loss of
// power. Reads see every Put that returned before they began. Errors name the
// key and the cause, never bytes of an object; a full disk or an exceeded quota
// can be told from the error's text and by errors.Is (ENOSPC, EDQUOT).
//
// What a caller owes: after any error of Put other than ErrExists the object
// may or may not be there; it calls Put again with the same key until it gets
// nil or ErrExists. Stores do not retry by themselves.
type Store interface {
	// Put stores data under key if the key is free (PUT with If-None-Match: *),
	// under the retention the store was made with. data stays the caller's.
	Put(ctx context.Context, key string, data []byte) error

	// Get appends the object to buf and returns the extended slice, which is the
	// caller's. ErrNotExist if there is none.
	Get(ctx context.Context, key string, buf []byte) ([]byte, error)

	// Head describes an object without reading it. ErrNotExist if there is none.
	Head(ctx context.Context, key string) (Info, error)

	// List calls fn for every object whose key starts with prefix, in ascending
	// byte order of the keys. An error from fn ends the list and is returned as
	// it is. Objects stored meanwhile may or may not be listed; none is listed
	// twice. An empty list is no error. Locks are not listed: Mode is Unlocked.
	List(ctx context.Context, prefix string, fn func(Info) error) error
}

// CheckKey accepts keys that mean the same in a folder and in a bucket: one or
// more names joined by single slashes, at most 512 bytes, a name being letters,
// digits, '-', '_', '=' and '.', not starting with a dot.
func CheckKey(key string) error {
	if key == "" || len(key) > 512 {
		return ErrKey
	}
	start := true
	for i := 0; i < len(key); i++ {
		switch c := key[i]; {
		case c == '/' && !start:
			start = true
			continue
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '=':
		case c == '.' && !start:
		default:
			return ErrKey
		}
		start = false
	}
	if start {
		return ErrKey
	}
	return nil
}
