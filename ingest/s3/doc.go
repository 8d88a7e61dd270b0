// Package s3 is the input that reads objects of S3: those that messages of an SQS
// queue announce, and those that a list of a bucket names.
//
// A message is settled (deleted) when each object that it names is durable, and no
// sooner: an object that could not be carried sends the whole message back, to be
// delivered again after a pause. Nothing is tried for ever: an object that is gone,
// or that we may not read, leaves a gap after a number of tries, which is a payload
// of its own with one tombstone that says why. The object's own payload stays free,
// so that it can still be carried when it can be read again.
//
// An object's identity is its bucket, its key and its version, or its ETag and size
// in a bucket without versions. A notification and a list give it the same.
//
// Sources: S3 User Guide, "Event message structure" and "Amazon S3 event
// notifications through EventBridge"; SNS Developer Guide, "Parsing message
// formats"; SQS Developer Guide, "Visibility timeout" (12 hours at most) and
// "Dead-letter queues"; CloudTrail User Guide, "Configuring Amazon SNS
// notifications".
package s3
