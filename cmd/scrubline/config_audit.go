package main

import "time"

// auditConfig is the section audit: what people do with Scrubline, on record.
type auditConfig struct {
	Every time.Duration `yaml:"every"`     // how often run carries it into the archive; default 10 s
	Spool int64         `yaml:"spool_mib"` // that may wait for that; default 256. When it is full nothing is answered
}

const defaultAuditEvery = 10 * time.Second
