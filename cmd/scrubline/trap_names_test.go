package main

import (
	"net/http"
	"regexp"
	"strings"
)

// s3Name names a request to S3: what is done to which kind of object. The source's
// bucket is trail, the archive's has another name and the prefix a/.
func s3Name(r *http.Request) string {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	q := r.URL.Query()
	verb := r.Method
	for _, of := range []string{"versions", "retention", "legal-hold", "object-lock", "versioning", "policy", "lifecycle", "publicAccessBlock", "encryption", "replication"} {
		if q.Has(of) {
			verb += " " + of + " of"
		}
	}
	if key == "" {
		key = q.Get("prefix")
	}
	if bucket == "trail" {
		return "s3 " + verb + " source"
	}
	return "s3 " + verb + " archive " + kindOf(strings.TrimPrefix(key, "a/"))
}

// kindOf is the kind of an object of the archive.
func kindOf(key string) string {
	part := strings.Split(key, "/")
	switch {
	case key == "":
		return "bucket"
	case part[0] == "v1":
		return "rows"
	case part[0] == "log" && len(part) > 2 && part[1] == "tile":
		if part[2] == "entries" {
			return "leaf bundle"
		}
		return "tile"
	case part[0] == "log" && len(part) > 1:
		return part[1]
	}
	return part[0]
}

// sqsName names a request to SQS.
func sqsName(r *http.Request) string {
	_, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	return "sqs " + call
}

var (
	opening = regexp.MustCompile(`^(INSERT INTO|CREATE (?:TABLE|MATERIALIZED VIEW|VIEW|DATABASE|DICTIONARY)|ALTER TABLE|DROP \w+)(?: IF NOT EXISTS)? ["` + "`" + `]?(\w+)`)
	from    = regexp.MustCompile(`FROM ([a-z_]\w*(?:\.\w+)?)`)
)

// queryName names a statement to ClickHouse, and the table if it is an insert whose
// rows follow.
func queryName(text string) (name, into string) {
	if m := opening.FindStringSubmatch(text); m != nil {
		if m[1] == "INSERT INTO" && !strings.Contains(text, "SELECT") {
			into = m[2]
		}
		return "clickhouse " + m[1] + " " + m[2], into
	}
	if m := from.FindStringSubmatch(text); m != nil {
		return "clickhouse SELECT FROM " + m[1], ""
	}
	return "clickhouse SELECT", ""
}
