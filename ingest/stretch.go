package ingest

import "time"

// Stretch is a piece of a stream, a payload without an end: a Kafka partition.
// Its identity is the stream's, and every stretch of it has the same. One is
// delivered at a time: the next only after Reached was called for the one before
// it, or after a failure with a stretch that asks where to go on.
type Stretch struct {
	// Ask asks where the stream is to be read from: how far it is archived. Such
	// a stretch has no messages. Only objects that begin before End, where the
	// stream ends at the moment, are looked at.
	Ask bool
	End uint64

	// From is where the stretch begins: what Reached said last. All that the
	// stream holds from there on up to the last message is in Messages, or is
	// no message.
	From     Position
	Gap      uint64 // if not 0: what was from From up to this offset is gone, and so stays unread
	Messages []Message
	// Format is the source of all messages; "" to sniff each.
	Format string

	// Reached is called once when all of the stretch is archived, on any
	// goroutine. Inserted it is when Payload.Done says so.
	Reached func(Position)
}

// Position is a place between two messages of a stream.
type Position struct {
	Offset uint64 // of the next message or a later one
	Record uint64 // number of the next record: how many records came before
	Epoch  int32  // of the leader that wrote the message before, -1 if unknown
	Before uint64 // Offset at the beginning of the archived object before
}

// Message is an entry of a stream. What it holds is like a payload: a line, many,
// an envelope, a compressed file. It may hold PHI.
type Message struct {
	Offset uint64
	Epoch  int32
	Time   time.Time
	Value  []byte // must not change until the payload's Done
}

// Bytes returns the length of all messages.
func (s *Stretch) Bytes() int64 {
	n := int64(0)
	for i := range s.Messages {
		n += int64(len(s.Messages[i].Value))
	}
	return n
}
