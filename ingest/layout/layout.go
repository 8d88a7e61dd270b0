// Package layout reads what AWS writes into the names of log files: the account,
// the region and the service.
//
// A name is a claim, not a fact: datasets are renamed, buckets are copied, and
// the account of a key need not be that of the records. Parse says what the name
// says and nothing more; an empty part is one the name does not hold.
package layout

import "strings"

// Parse reads an S3 key, a path or a bare file name. Service is AWS's own word
// for the kind of log as it stands in the name: CloudTrail, CloudTrail-Digest,
// CloudTrail-Insight, vpcflowlogs, elasticloadbalancing, WAFLogs (waflogs in
// file names and Hive-style keys), vpcdnsquerylogs, GuardDuty, Config; the two
// that have no such word are called cloudfront and s3access. ok is false if the
// name follows no layout known here; the other results are then empty.
//
// Region is a region's name, or "cloudfront" or "Global" where AWS writes that.
func Parse(key string) (account, region, service string, ok bool) {
	dir, name := "", key
	if i := strings.LastIndexByte(key, '/'); i >= 0 {
		dir, name = key[:i], key[i+1:]
	}
	for _, f := range []func(dir, name string) (string, string, string, bool){hive, awsLogs, fileName, access, distribution} {
		if account, region, service, ok = f(dir, name); ok {
			return account, region, service, true
		}
	}
	return "", "", "", false
}

// isService tells whether s is a word AWS writes under AWSLogs/<account>/.
func isService(s string) bool {
	switch s {
	case "CloudTrail", "CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-NetworkActivity",
		"CloudTrail-Aggregated", "vpcflowlogs", "elasticloadbalancing", "WAFLogs", "vpcdnsquerylogs",
		"GuardDuty", "Config", "network-firewall", "CloudFront":
		return true
	}
	return false
}

// awsLogs reads …/AWSLogs/[<organisation>/]<account>/<service>/<region>/…
func awsLogs(dir, _ string) (account, region, service string, ok bool) {
	rest, found := after(dir, "AWSLogs/")
	if !found {
		return "", "", "", false
	}
	part, rest := cut(rest)
	if isOrganisation(part) {
		part, rest = cut(rest)
	}
	if !isAccount(part) {
		return "", "", "", false
	}
	account = part
	service, rest = cut(rest)
	if !isService(service) {
		return "", "", "", false
	}
	if part, _ = cut(rest); IsRegion(part) || part == "cloudfront" || part == "Global" {
		region = part
	}
	return account, region, service, true
}

// hive reads …/aws-account-id=<account>/aws-service=<service>/aws-region=<region>/…
func hive(dir, _ string) (account, region, service string, ok bool) {
	for dir != "" {
		var part string
		part, dir = cut(dir)
		name, value, found := strings.Cut(part, "=")
		if !found {
			continue
		}
		switch name {
		case "aws-account-id":
			if isAccount(value) {
				account = value
			}
		case "aws-service":
			service = value
		case "aws-region":
			if IsRegion(value) || value == "cloudfront" {
				region = value
			}
		}
	}
	if account == "" || service == "" {
		return "", "", "", false
	}
	return account, region, service, true
}

// fileName reads <account>_<service>_<region>_…, the form of a file that was
// taken out of its folders. Load balancers put the kind of log before it.
func fileName(_, name string) (account, region, service string, ok bool) {
	for _, kind := range []string{"conn_log.", "health_check_log."} {
		name = strings.TrimPrefix(name, kind)
	}
	account, rest, _ := strings.Cut(name, "_")
	service, rest, found := strings.Cut(rest, "_")
	if !found || !isAccount(account) {
		return "", "", "", false
	}
	if service != "waflogs" && !isService(service) {
		return "", "", "", false
	}
	if part, _, _ := strings.Cut(rest, "_"); IsRegion(part) || part == "cloudfront" || part == "Global" {
		region = part
	}
	return account, region, service, true
}

// access reads the names of S3 server access logs: a prefix of the owner's
// choice, then YYYY-MM-DD-hh-mm-ss-<16 hex digits>. With date partitions
// <account>/<region>/<bucket>/YYYY/MM/DD/ stand before it.
func access(dir, name string) (account, region, service string, ok bool) {
	const shape = "dddd-dd-dd-dd-dd-dd-HHHHHHHHHHHHHHHH"
	if len(name) < len(shape) || !like(name[len(name)-len(shape):], shape) {
		return "", "", "", false
	}
	if len(name) > len(shape) {
		return "", "", "s3access", true
	}
	parts := strings.Split(dir, "/")
	if n := len(parts); n >= 6 && like(parts[n-3], "dddd") && like(parts[n-2], "dd") && like(parts[n-1], "dd") &&
		isAccount(parts[n-6]) && IsRegion(parts[n-5]) {
		account, region = parts[n-6], parts[n-5]
	}
	return account, region, "s3access", true
}

// distribution reads CloudFront's names: <distribution>.YYYY-MM-DD-HH.<8 hex
// digits>.gz, where the distribution is E and 12 or 13 capitals and digits.
func distribution(_, name string) (account, region, service string, ok bool) {
	id, rest, _ := strings.Cut(name, ".")
	when, rest, _ := strings.Cut(rest, ".")
	unique, _, _ := strings.Cut(rest, ".")
	if len(id) < 10 || id[0] != 'E' || !like(when, "dddd-dd-dd-dd") || !like(unique, "hhhhhhhh") {
		return "", "", "", false
	}
	for i := range len(id) {
		if c := id[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return "", "", "", false
		}
	}
	return "", "", "cloudfront", true
}

// IsRegion tells whether s has the form of a region's name: us-east-1,
// us-gov-west-1, ap-southeast-5. A list of regions would be old in a year.
func IsRegion(s string) bool {
	parts := 0
	for {
		part, rest, more := strings.Cut(s, "-")
		parts++
		if !more {
			return (parts == 3 || parts == 4) && (like(part, "d") || like(part, "dd"))
		}
		if part == "" || (parts == 1 && len(part) > 3) {
			return false
		}
		for i := range len(part) {
			if part[i] < 'a' || part[i] > 'z' {
				return false
			}
		}
		s = rest
	}
}

func isAccount(s string) bool { return like(s, "dddddddddddd") }

// isOrganisation tells whether s is an organisation's id: o- and 10 to 32 lower
// case letters and digits.
func isOrganisation(s string) bool {
	if len(s) < 12 || len(s) > 34 || s[:2] != "o-" {
		return false
	}
	for i := 2; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// like compares s with a shape: d is a digit, h a lower-case hex digit, H an
// upper-case one, everything else itself.
func like(s, shape string) bool {
	if len(s) != len(shape) {
		return false
	}
	for i := range len(s) {
		c, digit := s[i], s[i] >= '0' && s[i] <= '9'
		switch shape[i] {
		case 'd':
			if !digit {
				return false
			}
		case 'h':
			if !digit && (c < 'a' || c > 'f') {
				return false
			}
		case 'H':
			if !digit && (c < 'A' || c > 'F') {
				return false
			}
		default:
			if c != shape[i] {
				return false
			}
		}
	}
	return true
}

// after returns what follows the last folder sep of dir.
func after(dir, sep string) (string, bool) {
	i := strings.LastIndex(dir, sep)
	if i < 0 || (i > 0 && dir[i-1] != '/') {
		return "", false
	}
	return dir[i+len(sep):], true
}

// cut splits the first folder off path.
func cut(path string) (first, rest string) {
	first, rest, _ = strings.Cut(path, "/")
	return first, rest
}
