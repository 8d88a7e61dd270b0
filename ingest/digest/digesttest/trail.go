// Package digesttest makes buckets of CloudTrail's for tests: log files and a chain
// of digests, signed as CloudTrail does, by a key of its own.
package digesttest

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/scrubline/scrubline/ingest/digest"
)

// Fingerprint of the key that signs.
const Fingerprint = "f00d"

// Object lies in the bucket.
type Object struct {
	Body     []byte
	Metadata map[string]string
}

// Trail is a bucket's objects by their keys.
type Trail struct {
	Bucket  string
	Objects map[string]*Object
	Key     *rsa.PrivateKey
	Keys    []byte // as `aws cloudtrail list-public-keys` prints
}

// LogKey is the key of a log file, of which there are two an hour.
func LogKey(hour, n int) string {
	return fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/log%d-%d.json.gz", hour, n)
}

// Key is the key of an hour's digest.
func Key(hour int) string {
	return fmt.Sprintf("AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/01/111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_20260301T%02d0000Z.json.gz", hour)
}

// New makes a trail of some hours.
func New(bucket string, hours int) *Trail {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	t := &Trail{Bucket: bucket, Objects: map[string]*Object{}, Key: key}
	t.Keys = encode(map[string]any{"PublicKeyList": []any{map[string]any{"Value": x509.MarshalPKCS1PublicKey(&key.PublicKey),
		"ValidityStartTime": "2026-01-01T00:00:00Z", "ValidityEndTime": "2027-01-01T00:00:00Z", "Fingerprint": Fingerprint}}})
	for h := range hours {
		t.hour(h)
	}
	return t
}

func (t *Trail) hour(h int) {
	var files []any
	for n := range 2 {
		text := fmt.Sprintf(`{"Records":[{"eventVersion":"1.09","eventTime":"2026-03-01T%02d:30:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"%08d-0000-4000-8000-%012d"}]}`, h, h, n)
		t.Objects[LogKey(h, n)] = &Object{Body: Zip(text)}
		files = append(files, map[string]any{"s3Bucket": t.Bucket, "s3Object": LogKey(h, n), "hashValue": sum(text), "hashAlgorithm": "SHA-256"})
	}
	d := map[string]any{
		"awsAccountId": "111122223333", "digestStartTime": fmt.Sprintf("2026-03-01T%02d:00:00Z", h), "digestEndTime": fmt.Sprintf("2026-03-01T%02d:00:00Z", h+1),
		"digestS3Bucket": t.Bucket, "digestS3Object": Key(h), "digestPublicKeyFingerprint": Fingerprint, "digestSignatureAlgorithm": "SHA256withRSA",
		"newestEventTime": nil, "oldestEventTime": nil, "logFiles": files,
		"previousDigestS3Bucket": nil, "previousDigestS3Object": nil, "previousDigestHashValue": nil, "previousDigestHashAlgorithm": nil, "previousDigestSignature": nil,
	}
	if before, ok := t.Objects[Key(h-1)]; ok {
		d["previousDigestS3Bucket"], d["previousDigestS3Object"], d["previousDigestHashAlgorithm"] = t.Bucket, Key(h-1), "SHA-256"
		d["previousDigestHashValue"], d["previousDigestSignature"] = sum(unzip(before.Body)), before.Metadata[digest.SignatureKey]
	}
	t.Objects[Key(h)] = &Object{Body: Zip(string(encode(d)))}
	t.Sign(h, t.Key)
}

// Sign signs an hour's digest, as it is now.
func (t *Trail) Sign(hour int, key *rsa.PrivateKey) {
	o := t.Objects[Key(hour)]
	text := unzip(o.Body)
	var d struct {
		DigestEndTime, DigestS3Bucket, DigestS3Object string
		PreviousDigestSignature                       *string
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		panic(err)
	}
	previous := "null"
	if d.PreviousDigestSignature != nil {
		previous = *d.PreviousDigestSignature
	}
	h := sha256.Sum256([]byte(d.DigestEndTime + "\n" + d.DigestS3Bucket + "/" + d.DigestS3Object + "\n" + sum(text) + "\n" + previous))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, h[:])
	if err != nil {
		panic(err)
	}
	o.Metadata = map[string]string{digest.SignatureKey: hex.EncodeToString(signature), digest.AlgorithmKey: "SHA256withRSA"}
}

// Edit changes the text of an hour's digest, and not its signature.
func (t *Trail) Edit(hour int, old, with string) {
	o := t.Objects[Key(hour)]
	text := unzip(o.Body)
	if !strings.Contains(text, old) {
		panic("there is nothing to edit")
	}
	o.Body = Zip(strings.Replace(text, old, with, 1))
}

// Zip compresses a text.
func Zip(text string) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte(text)) // to memory
	_ = w.Close()
	return z.Bytes()
}

func unzip(b []byte) string {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		panic(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
