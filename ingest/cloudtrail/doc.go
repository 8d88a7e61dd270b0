// Package cloudtrail decodes AWS CloudTrail records: management, data, network
// activity and Insight events, as AWS delivers them ({"Records":[…]}), as bare
// arrays and as one record a line. A digest file is one header record: it is
// the signed list of the files that must exist and no event.
//
// Who did it stays readable, for that is what an audit log is for. A session
// name, though, is whatever the caller chose: it is scanned, in the ARN and in
// the principal id alike.
package cloudtrail
