// Package envelope opens what AWS services wrap around log records: the
// subscriptions of CloudWatch Logs, records of Kinesis and Firehose, Lambda's
// events, EventBridge, SNS, the answers of CloudTrail's LookupEvents, and
// captures of the form {"_raw":"{…}"}.
//
// An envelope is an entry whose inside is the log entry, or many. Wrap sits
// between a framer and the decoder, hands out the inner entries in their order
// and every entry that is no envelope as it is. What an envelope says about its
// inside, such as the log group, is Meta; the rest of it is given up.
//
// Envelopes lie in one another: Firehose carries gzip that holds a CloudWatch
// subscription whose messages are EventBridge events. Levels, bytes and ratios
// are bounded by ingest.Limits; what goes beyond them is one broken entry.
package envelope
