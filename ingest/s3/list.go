package s3

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/scrubline/scrubline/ingest"
)

// List is the input that reads every object of a part of a bucket that the archive
// does not have: years of logs, or what lost notifications should have announced.
// It comes to its end. Run again it goes on where it was: what is archived is not
// read.
//
// It lists versions, which s3:ListBucketVersions allows: only so an object has the
// identity that its notification gives it.
type List struct {
	Client         Client
	Bucket, Prefix string
	// Since and Until bound the time of the objects: the day that their key holds
	// (…/2026/03/01/…), else when they were written. Zero is no bound.
	Since, Until time.Time
	Accept       func(*Object) bool // further choice; nil for all
	Rate         *rate.Limiter      // of objects read; nil for no limit
	// Archived says which payloads, of one page of the list, are archived to their
	// end and inserted. It may miss some: the pipeline looks again.
	Archived func(context.Context, []ingest.Payload) ([]bool, error)
	Failed   func(name, code string) // hears of objects that could not be read
	Memory   int64                   // bytes of small objects held at a time; DefaultMemory if 0
	Log      zerolog.Logger
	Counts   *Counts

	judge *judge // if set, digests are judged instead of objects carried
}

var _ ingest.Input = (*List)(nil)

// Run implements ingest.Input.
func (l *List) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	group, ctx := errgroup.WithContext(ctx)
	work := make(chan *Object)
	f := newFetcher(func(string) Client { return l.Client }, l.Memory)
	group.Go(func() error {
		defer close(work)
		return l.walk(ctx, l.Prefix, work)
	})
	for range fetchers {
		group.Go(func() error {
			for o := range work {
				if err := l.carry(ctx, f, o, emit); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

// walk lists what begins with prefix. Between two dates it goes from folder to
// folder, so that it need not list the days before and after.
func (l *List) walk(ctx context.Context, prefix string, work chan<- *Object) error {
	in := &awss3.ListObjectVersionsInput{Bucket: &l.Bucket, Prefix: &prefix}
	if !l.Since.IsZero() || !l.Until.IsZero() {
		in.Delimiter = aws.String("/")
	}
	for {
		out, err := l.page(ctx, in)
		if err != nil {
			return err
		}
		if err := l.choose(ctx, out.Versions, work); err != nil {
			return err
		}
		for _, c := range out.CommonPrefixes {
			if from, to, ok := span(aws.ToString(c.Prefix)); ok && !l.within(from, to) {
				continue
			}
			if l.judge != nil && !l.judge.wanted(aws.ToString(c.Prefix)) {
				continue
			}
			if err := l.walk(ctx, aws.ToString(c.Prefix), work); err != nil {
				return err
			}
		}
		if !aws.ToBool(out.IsTruncated) {
			return nil
		}
		in.KeyMarker, in.VersionIdMarker = out.NextKeyMarker, out.NextVersionIdMarker
	}
}

// page gets one page of the list, trying again what may be well at another time.
func (l *List) page(ctx context.Context, in *awss3.ListObjectVersionsInput) (*awss3.ListObjectVersionsOutput, error) {
	for failed := 1; ; failed++ {
		out, err := l.Client.ListObjectVersions(ctx, in)
		if err == nil {
			return out, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		f := faultOf(err)
		if f.code == ingest.CodeDenied {
			return nil, fmt.Errorf("listing s3://%s/%s: %s (s3:ListBucketVersions is needed)", l.Bucket, l.Prefix, f.word)
		}
		if f.code != ingest.CodeUnreadable || f.word == "NoSuchBucket" || failed == again {
			return nil, fmt.Errorf("listing s3://%s/%s: %s", l.Bucket, l.Prefix, f.word)
		}
		if !sleep(ctx, pauses.after(failed)) {
			return nil, ctx.Err()
		}
	}
}

// choose hands on the objects of a page that are wanted and not archived.
func (l *List) choose(ctx context.Context, versions []types.ObjectVersion, work chan<- *Object) error {
	var objects []*Object
	var payloads []ingest.Payload
	for _, v := range versions {
		o := &Object{Bucket: l.Bucket, Key: aws.ToString(v.Key), Version: aws.ToString(v.VersionId), ETag: unquote(aws.ToString(v.ETag)), Size: aws.ToInt64(v.Size), Time: aws.ToTime(v.LastModified)}
		from, to, ok := span(o.Key[:strings.LastIndexByte(o.Key, '/')+1])
		if !ok {
			from, to = o.Time, o.Time.Add(time.Nanosecond)
		}
		if o.Size == 0 || !l.within(from, to) || l.Accept != nil && !l.Accept(o) {
			continue
		}
		p := o.Payload()
		if l.judge != nil {
			if !isDigest(o.Key) {
				continue
			}
			p = l.judge.payload(o)
		}
		objects, payloads = append(objects, o), append(payloads, p)
	}
	l.Counts.Listed.Add(int64(len(objects)))
	if len(objects) == 0 {
		return nil
	}
	archived, err := l.Archived(ctx, payloads)
	if err != nil {
		return fmt.Errorf("asking what is archived: %w", err)
	}
	for i, o := range objects {
		if archived[i] {
			l.Counts.Held.Add(1)
			continue
		}
		if l.Rate != nil {
			if err := l.Rate.Wait(ctx); err != nil {
				return err
			}
		}
		select {
		case work <- o:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// carry hands on an object, or the gap that it leaves.
func (l *List) carry(ctx context.Context, f *fetcher, o *Object, emit func(context.Context, ingest.Payload) error) error {
	done := func(err error, unread *fault) {
		switch {
		case err == nil:
			l.Counts.Objects.Add(1)
		case unread != nil:
			l.Failed(o.origin().Name, unread.word)
		}
	}
	var p ingest.Payload
	var err error
	if l.judge != nil {
		p, err = l.judge.fetch(ctx, o)
		p.Done = func(err error) { done(err, nil) }
	} else {
		p, err = f.fetch(ctx, o, done)
	}
	if err == nil {
		return emit(ctx, p)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	x := faultOf(err)
	l.Failed(o.origin().Name, x.word)
	if x.code == ingest.CodeUnreadable || l.judge != nil {
		return nil // the next list tries again
	}
	g := o.gap(x.code)
	g.Done = func(err error) {
		if err == nil {
			l.Counts.gap(x.code)
		}
	}
	return emit(ctx, g)
}

// within says whether some moment from from until to is wanted.
func (l *List) within(from, to time.Time) bool {
	return (l.Until.IsZero() || from.Before(l.Until)) && (l.Since.IsZero() || to.After(l.Since))
}
