package ingest

import (
	"time"
)

// Framing cuts a payload into raw entries.
type Framing uint8

const (
	Lines    Framing = iota // one entry a line
	JSON                    // top-level values, or the elements of a top-level array or of a known container
	HL7                     // messages that start with MSH, in MLLP frames or one after the other
	X12                     // interchanges that start with ISA
	Document                // JSON: top-level values only, arrays are not taken apart
)

// Origin says where a payload came from; sources may sniff it and take from it
// what the records lack.
type Origin struct {
	Name    string    // path, s3://bucket/key or topic/partition/offset
	Account string    // from an AWS key layout (AWSLogs/<account>/…), if it has one
	Region  string    // the same
	Service string    // the same: CloudTrail, vpcflowlogs, elasticloadbalancing, WAFLogs …
	Time    time.Time // when the payload was written; event time of records that have none
}

// Options configure the decoders.
type Options struct {
	// FlowFormat is the field list of VPC flow lines that come without a header,
	// for example "version account-id interface-id srcaddr …"; "" is the default
	// format, version 2.
	FlowFormat string
	Limits     Limits
}

// Certain is the score of a source that no other can outbid.
const Certain = 100

// Source is one kind of log. Its methods may be called from many goroutines.
type Source interface {
	// Name is the source's name everywhere: aws_cloudtrail, aws_alb …
	Name() string
	// Sniff says how sure the source is that head, the first bytes of an
	// unpacked payload (up to 64 KiB, perhaps cut inside a record), is its own:
	// 0 no, Certain at most. It also decides the framing.
	Sniff(o Origin, head []byte) (score int, f Framing)
	// NewDecoder returns a decoder for one payload, used by one goroutine.
	NewDecoder(o Origin, opt Options) Decoder
}

// Decoder decodes the entries of one payload in their order.
type Decoder interface {
	// Decode fills rec, already Reset over raw, with the fields and columns of
	// raw. raw is lent for as long as rec is. A header, a comment or another line that is
	// no log entry sets the column RowKind to KindHeader and returns nil.
	// A *RecordError makes the record a tombstone; Decode returns no other error.
	// It does not allocate per record.
	Decode(raw []byte, rec *Record) error
}

// Reusable is a decoder that can go on to another payload of its source, so that
// what it learned of the shapes of records serves there too.
type Reusable interface {
	Decoder
	// Reuse makes it a decoder of a payload that comes from o, with the options it
	// was made with.
	Reuse(o Origin)
}

// Framer cuts one payload into raw entries, for one goroutine.
type Framer interface {
	// Next returns the next raw entry and the gap: the bytes of the payload
	// between the end of the entry before and the start of this one (newlines,
	// commas, container punctuation and the like). Both are lent until the next
	// call. At the end it returns the last gap and io.EOF. A *RecordError stands
	// for one entry that could not be framed (too long, say) and is counted as a
	// record; Next goes on after it. A *PayloadError ends the payload. No other
	// error is returned.
	Next() (gap, raw []byte, err error)
}
