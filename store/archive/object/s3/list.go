package s3

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/scrubline/scrubline/store/archive/object"
)

// List implements object.Store.
func (s *Store) List(ctx context.Context, prefix string, fn func(object.Info) error) error {
	pages := s3.NewListObjectsV2Paginator(s.pages, &s3.ListObjectsV2Input{Bucket: &s.opt.Bucket, Prefix: s.key(prefix)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("listing objects: %w", known(err))
		}
		for i := range page.Contents {
			o := &page.Contents[i]
			key := strings.TrimPrefix(aws.ToString(o.Key), s.opt.Prefix)
			if err := fn(object.Info{Key: key, Size: aws.ToInt64(o.Size), Stored: aws.ToTime(o.LastModified)}); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// Versions implements object.Versioned.
func (s *Store) Versions(ctx context.Context, prefix string, fn func(object.Version) error) error {
	pages := s3.NewListObjectVersionsPaginator(s.pages, &s3.ListObjectVersionsInput{Bucket: &s.opt.Bucket, Prefix: s.key(prefix)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("listing versions of objects: %w", known(err))
		}
		for _, v := range s.merge(page) {
			if err := fn(v); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// merge puts the objects and the markers of a page into one order: a page is a
// part of the whole list, cut where both kinds are.
func (s *Store) merge(page *s3.ListObjectVersionsOutput) []object.Version {
	all := make([]object.Version, 0, len(page.Versions)+len(page.DeleteMarkers))
	for i := range page.Versions {
		v := &page.Versions[i]
		all = append(all, object.Version{
			Key: strings.TrimPrefix(aws.ToString(v.Key), s.opt.Prefix), ID: aws.ToString(v.VersionId),
			Size: aws.ToInt64(v.Size), Stored: aws.ToTime(v.LastModified), Latest: aws.ToBool(v.IsLatest),
		})
	}
	for i := range page.DeleteMarkers {
		m := &page.DeleteMarkers[i]
		all = append(all, object.Version{
			Key: strings.TrimPrefix(aws.ToString(m.Key), s.opt.Prefix), ID: aws.ToString(m.VersionId),
			Stored: aws.ToTime(m.LastModified), Latest: aws.ToBool(m.IsLatest), Deleted: true,
		})
	}
	slices.SortStableFunc(all, func(a, b object.Version) int {
		switch {
		case a.Key != b.Key:
			return strings.Compare(a.Key, b.Key)
		case a.Latest != b.Latest:
			return cmp.Compare(btoi(b.Latest), btoi(a.Latest))
		}
		return b.Stored.Compare(a.Stored)
	})
	return all
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
