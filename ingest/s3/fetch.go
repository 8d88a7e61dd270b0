package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/scrubline/scrubline/ingest"
)

const (
	// small is the size of objects that are read whole, in one request, before
	// they are handed on: a payload is read twice (once for linking), and workers
	// do not wait for the network then.
	small = 4 << 20
	// DefaultMemory is how many bytes of small objects are held at a time.
	DefaultMemory = 64 << 20
)

// fetcher makes payloads of objects.
type fetcher struct {
	client func(bucket string) Client
	memory *semaphore.Weighted
}

func newFetcher(client func(bucket string) Client, memory int64) *fetcher {
	if memory <= 0 {
		memory = DefaultMemory
	}
	return &fetcher{client, semaphore.NewWeighted(memory)}
}

// fetch returns the object's payload, a small one's with its bytes. Its time is when
// the object was written, as S3 says: who named the object may say another. done is called
// once when the payload is; unread is why its object could not be read, if that was
// the reason. An error is a *fault or ctx's.
func (f *fetcher) fetch(ctx context.Context, o *Object, done func(err error, unread *fault)) (ingest.Payload, error) {
	c := f.client(o.Bucket)
	hold := o.named() && o.Size <= small && f.memory.TryAcquire(o.Size)
	if !hold {
		if err := retryHead(ctx, c, o); err != nil {
			return ingest.Payload{}, err
		}
		return f.stream(c, o, done), nil
	}
	held := make([]byte, o.Size)
	r := reader{ctx: ctx, client: c, o: o}
	defer r.close()
	if _, err := io.ReadFull(&r, held); err != nil {
		f.memory.Release(o.Size)
		if ctx.Err() != nil {
			return ingest.Payload{}, ctx.Err()
		}
		return ingest.Payload{}, faultOf(err)
	}
	if o.Size > 0 {
		o.Time = r.written
	}
	p := o.Payload()
	p.Open = func(context.Context) (io.ReadCloser, error) { return inMemory{bytes.NewReader(held)}, nil }
	p.Done = func(err error) {
		clear(held) // it is raw
		f.memory.Release(o.Size)
		done(err, nil)
	}
	return p, nil
}

// stream returns the payload of an object that is read as it is asked for.
func (f *fetcher) stream(c Client, o *Object, done func(err error, unread *fault)) ingest.Payload {
	p := o.Payload()
	var unread atomic.Pointer[fault]
	p.Open = func(ctx context.Context) (io.ReadCloser, error) {
		return &random{reader: reader{ctx: ctx, client: c, o: o, note: unread.Store}}, nil
	}
	p.Done = func(err error) { done(err, unread.Load()) }
	return p
}

// retryHead is head, tried again like a reading.
func retryHead(ctx context.Context, c Client, o *Object) error {
	for failed := 1; ; failed++ {
		err := head(ctx, c, o)
		var f *fault
		if !errors.As(err, &f) || f.code != ingest.CodeUnreadable || failed == again {
			return err
		}
		if !sleep(ctx, pauses.after(failed)) {
			return ctx.Err()
		}
	}
}

// inMemory is an object that was read. It gives random access too.
type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }
