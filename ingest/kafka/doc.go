// Package kafka is the input that reads Kafka topics.
//
// Where reading goes on is what the archive says, never the committed offset:
// that is written after the archive and the store, as a hint to people who look
// at the group's lag. So a lost group, a reset offset, a rebalance with two
// owners for a while change nothing: whoever reads a partition asks first how far
// it is archived, and who is second there finds the object of the first.
//
// Records of aborted transactions and control markers are not delivered
// (read_committed). Offsets that the topic no longer had when they were to be
// read become a gap, a row of its own. A partition whose log is shorter than what
// is archived of it, or was cut and written anew (an unclean election), is left
// alone and reported; a topic that was deleted and made again is another topic,
// by its id, which brokers have given since Kafka 2.8.
//
// The client is franz-go. kafka-go has no reading of committed records only, does
// not say where a batch ends whose last messages were compacted away (a reader
// stops there for ever), and knows neither topic ids nor a check for truncation.
package kafka
