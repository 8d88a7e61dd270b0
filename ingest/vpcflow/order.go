package vpcflow

import (
	"strings"

	"github.com/scrubline/scrubline/ingest/text"
)

// Lines without a header (from CloudWatch Logs, or cut out of a file) in the
// orders in which AWS's user guides list the fields, "Flow log records" of the
// VPC guide and "Transit Gateway Flow Log records". Customers who ask for all
// fields of a version get a beginning of the first.
const (
	standardFormat = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
	listedFormat   = standardFormat + " vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr" +
		" region az-id sublocation-type sublocation-id" +
		" pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path" +
		" ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id" +
		" ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id" +
		" reject-reason"
	gatewayFormat = "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id" +
		" tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id" +
		" tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end log-status type" +
		" packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired tcp-flags region" +
		" flow-direction pkt-src-aws-service pkt-dst-aws-service"
)

// lengths are the fields up to the end of versions 2, 3, 4, 5, 7 and 8.
var lengths = [...]int{14, 21, 25, 29, 39, 40}

// order is a listed order: its columns, and how each word of a line must begin
// for the line to be of that order ("" is any).
type order struct {
	cols  []column
	start []string
}

var starts = map[string]string{
	"interface-id": "eni-", "vpc-id": "vpc-", "subnet-id": "subnet-", "instance-id": "i-", "type": "IPv",
	"ecs-cluster-arn": "arn:", "ecs-container-instance-arn": "arn:", "ecs-task-definition-arn": "arn:", "ecs-task-arn": "arn:",
	"tgw-id": "tgw-", "tgw-attachment-id": "tgw-attach-", "tgw-pair-attachment-id": "tgw-attach-",
	"tgw-src-vpc-id": "vpc-", "tgw-dst-vpc-id": "vpc-", "tgw-src-subnet-id": "subnet-", "tgw-dst-subnet-id": "subnet-",
	"tgw-src-eni": "eni-", "tgw-dst-eni": "eni-",
}

func (s *Source) order(format string) (o order) {
	o.cols = s.columns(nil, []byte(format))
	for _, name := range strings.Fields(format) {
		o.start = append(o.start, starts[name])
	}
	return o
}

// listed returns the columns of a line that has no header, or none if its order
// cannot be told.
func (s *Source) listed(line []byte) []column {
	from, to := text.Next(line, 0)
	if !isVersion(line[from:to]) {
		return nil
	}
	n := count(line)
	if n == len(s.gateway.cols) && s.gateway.fits(line) {
		return s.gateway.cols
	}
	for _, l := range lengths {
		// The default format needs no look: it is what AWS writes if not told.
		if l == n && (n == lengths[0] || s.flow.fits(line)) {
			return s.flow.cols[:n]
		}
	}
	return nil
}

// fits says whether each word of the line is one that its column may hold.
func (o *order) fits(line []byte) bool {
	for i, at := 0, 0; ; i++ {
		from, to := text.Next(line, at)
		if from == to {
			return true
		}
		v := line[from:to]
		if absent := len(v) == 1 && v[0] == '-'; !absent && (!o.cols[i].holds(v) || !strings.HasPrefix(string(v), o.start[i])) {
			return false
		}
		at = to
	}
}

// holds says whether a value is as documented for the column.
func (c *column) holds(v []byte) bool {
	ok := true
	switch c.op {
	case opNumber:
		var n uint64
		n, ok = text.Uint(v)
		ok = ok && n <= c.max
	case opAddress:
		_, ok = text.Addr(v)
	case opStart, opEnd:
		_, ok = text.Uint(v)
	case opAction:
		ok = string(v) == "ACCEPT" || string(v) == "REJECT"
	case opStatus:
		ok = string(v) == "OK" || string(v) == "NODATA" || string(v) == "SKIPDATA"
	case opDir:
		ok = string(v) == "ingress" || string(v) == "egress"
	}
	return ok
}
