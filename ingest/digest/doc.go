// Package digest validates CloudTrail's digest files: hourly signed lists of the log
// files that CloudTrail delivered, each of which names the one before it.
//
// It does what `aws cloudtrail validate-logs` does and checks previousDigestHashValue
// besides, which that command does not. It reads nothing by itself: who calls it
// brings the bytes.
//
// Sources: CloudTrail User Guide, "CloudTrail digest file structure" and "Custom
// implementations of CloudTrail log file integrity validation" (what is signed and
// how); the file of public keys is what `aws cloudtrail list-public-keys` prints.
package digest
