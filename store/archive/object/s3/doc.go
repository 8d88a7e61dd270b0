// Package s3 keeps the archive's objects in an S3 bucket with Object Lock.
//
// An object is one PUT, never a multipart upload: If-None-Match: * lets one of
// any number of writers have the key, the SHA-256 lets the server refuse bytes
// that the network changed, and mode COMPLIANCE with a date stands in every
// request, because a bucket's default rule is somebody else's to change. A HEAD
// then reads back what the server made of it: hash, mode and date. The date
// counts from the server's own clock: if ours is slow, the lock is extended
// before Put returns.
//
// Answers and what they mean here: 412 is object.ErrExists, after the lock on
// what is there was looked at and mended. 409 (two conditional writes at a
// time), 429, 5xx, timeouts and broken connections are errors after which the
// caller asks again (package object/retry does it for all callers). A refusal to
// weaken a lock is 403 on AWS and 400 on MinIO. Access denied and settings that
// forbid the request are object.ErrRefused.
//
// Sources: docs.aws.amazon.com/AmazonS3/latest/userguide, conditional-writes,
// object-lock-managing and checking-object-integrity; API reference, PutObject.
package s3
