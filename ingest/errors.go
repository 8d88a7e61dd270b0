package ingest

import "fmt"

// Code names why a record or the rest of a payload could not be read. Codes are
// a fixed set, safe for logs, metrics and the column reason.
type Code string

const (
	CodeNotJSON      Code = "json_syntax"        // not valid JSON
	CodeDuplicateKey Code = "json_duplicate_key" // the same key twice in an object, or keys that differ in case only
	CodeTooDeep      Code = "depth_limit"        // nested deeper than Limits.Depth
	CodeTooLong      Code = "record_limit"       // longer than Limits.Record
	CodeFields       Code = "field_count"        // too few fields for the format
	CodeSyntax       Code = "syntax"             // does not follow the format's grammar
	CodeBinary       Code = "binary"             // not text
	CodeTruncated    Code = "truncated"          // the payload ends inside a record or a compressed block
	CodeCompression  Code = "compression"        // the compressed stream is damaged
	CodeRatio        Code = "ratio_limit"        // expands more than Limits.Ratio times
	CodeSize         Code = "size_limit"         // expands to more than Limits.Payload bytes
	CodeUnknown      Code = "unknown_format"     // no source recognises the payload
	CodeUnreadable   Code = "unreadable"         // the input failed while reading
	CodeGap          Code = "gap"                // messages that the stream did not keep until they were read
	CodeGone         Code = "gone"               // deleted or overwritten before it was read
	CodeDenied       Code = "denied"             // we may not read or decrypt it
	CodeUnavailable  Code = "unavailable"        // the input failed time after time, and tries no more
	CodeScrub        Code = "scrub_failed"       // the scrubber could not treat the record
	CodeEgress       Code = "egress_gate"        // the scrubbed record still looked like PHI
)

// RecordError says that one record could not be decoded. Decoding goes on with
// the next one. It carries no text of the record.
type RecordError struct {
	Code Code
	At   int // byte in the record where it went wrong, if known, else -1
}

func (e *RecordError) Error() string {
	if e.At < 0 {
		return string(e.Code)
	}
	return fmt.Sprintf("%s at byte %d", e.Code, e.At)
}

// PayloadError says that the rest of a payload can not be read: the records so
// far stand, one tombstone stands for the rest. It carries no text of the
// payload and wraps no error that might.
type PayloadError struct {
	Code   Code
	Offset int64 // bytes of uncompressed payload read before it, -1 if unknown
}

func (e *PayloadError) Error() string {
	if e.Offset < 0 {
		return string(e.Code)
	}
	return fmt.Sprintf("%s after %d bytes", e.Code, e.Offset)
}
