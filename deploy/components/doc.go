// Package components starts the real servers that tests run against: an S3 server
// with Object Lock, SQS, Kafka, an OpenID provider and what stands between them. One file each.
//
// install.sh puts them into .components/ of the repository (SCRUBLINE_COMPONENTS
// names another place), at pinned versions, from package registries only; make
// components runs it. They serve one test binary each, on loopback, on ports that the
// kernel chose, and end with it.
package components
