package digest

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Reason says what is wrong with a digest or a log file; "" is nothing. Reasons are
// a fixed set.
type Reason string

const (
	NotGzip     Reason = "not_gzip"            // it cannot be decompressed to its end
	Trailing    Reason = "bytes_after_the_end" // something follows the compressed file: readers might take it for records
	NotADigest  Reason = "not_a_digest"        // its JSON is not a digest's
	Moved       Reason = "moved"               // it says that it lies elsewhere
	NoSignature Reason = "no_signature"        // its metadata has no signature, or another algorithm
	UnknownKey  Reason = "unknown_key"         // none of the known keys signed it
	BadSign     Reason = "bad_signature"       // the signature is another text's
	NoPrevious  Reason = "previous_missing"    // the digest before it is not there
	BadPrevious Reason = "previous_differs"    // the digest before it is not the one it names
	BadHash     Reason = "hash_differs"        // a log file's text is not the one that was delivered
	Gone        Reason = "not_there"           // a log file or digest is not there
	TooBig      Reason = "too_big"             // it expands to more than most
	Denied      Reason = "denied"              // we may not read it
)

// Bounds of a digest or a log file, in bytes: CloudTrail's log files are far
// smaller.
const (
	MaxSize = 64 << 20 // as they lie there
	most    = 1 << 30  // expanded
)

// Metadata of a digest object.
const (
	SignatureKey = "signature"           // hex
	AlgorithmKey = "signature-algorithm" // SHA256withRSA
	algorithm    = "SHA256withRSA"
)

// Digest is a digest file that was read.
type Digest struct {
	Account     string    `json:"awsAccountId"`
	Start       time.Time `json:"digestStartTime"`
	EndText     string    `json:"digestEndTime"`
	Bucket      string    `json:"digestS3Bucket"`
	Object      string    `json:"digestS3Object"`
	Fingerprint string    `json:"digestPublicKeyFingerprint"`
	Algorithm   string    `json:"digestSignatureAlgorithm"`

	PreviousBucket    string `json:"previousDigestS3Bucket"` // "" in a chain's first digest
	PreviousObject    string `json:"previousDigestS3Object"`
	PreviousHash      string `json:"previousDigestHashValue"`
	PreviousSignature string `json:"previousDigestSignature"`

	Files []File `json:"logFiles"`

	sum [sha256.Size]byte // of the text
}

// File is a log file that a digest lists.
type File struct {
	Bucket string `json:"s3Bucket"`
	Object string `json:"s3Object"`
	Hash   string `json:"hashValue"` // SHA-256 of the uncompressed text, hex
}

// Read reads the digest that lies at bucket/key with that metadata (names in lower
// case, without x-amz-meta-) and checks its signature. The digest is nil if it
// cannot be read; with BadSign, UnknownKey and NoSignature nothing in it may be
// believed.
func Read(bucket, key string, body []byte, metadata map[string]string, keys Keys) (*Digest, Reason) {
	text, wrong := inflate(body)
	if wrong != "" {
		return nil, wrong
	}
	d := &Digest{sum: sha256.Sum256(text)}
	if json.Unmarshal(text, d) != nil || d.EndText == "" || d.Object == "" {
		return nil, NotADigest
	}
	if d.Bucket != bucket || d.Object != key {
		return d, Moved
	}
	signature, err := hex.DecodeString(metadata[SignatureKey])
	if err != nil || len(signature) == 0 || metadata[AlgorithmKey] != algorithm || d.Algorithm != algorithm {
		return d, NoSignature
	}
	k, ok := keys[d.Fingerprint]
	if !ok {
		return d, UnknownKey
	}
	hash := sha256.Sum256([]byte(d.signed()))
	if rsa.VerifyPKCS1v15(k, crypto.SHA256, hash[:], signature) != nil {
		return d, BadSign
	}
	return d, ""
}

// signed is the text that CloudTrail signs.
func (d *Digest) signed() string {
	previous := d.PreviousSignature
	if previous == "" {
		previous = "null"
	}
	return fmt.Sprintf("%s\n%s/%s\n%s\n%s", d.EndText, d.Bucket, d.Object, hex.EncodeToString(d.sum[:]), previous)
}

// First says whether d is the first of its chain: CloudTrail was turned on then, or
// begins a chain of backfilled digests.
func (d *Digest) First() bool { return d.PreviousObject == "" }

// End is when d's hour ends.
func (d *Digest) End() time.Time {
	t, _ := time.Parse(time.RFC3339, d.EndText)
	return t
}

// Previous checks the digest before d: its bytes and its signature.
func (d *Digest) Previous(body []byte, metadata map[string]string) Reason {
	text, wrong := inflate(body)
	if wrong != "" {
		return BadPrevious
	}
	sum := sha256.Sum256(text)
	if !strings.EqualFold(hex.EncodeToString(sum[:]), d.PreviousHash) || !strings.EqualFold(metadata[SignatureKey], d.PreviousSignature) {
		return BadPrevious
	}
	return ""
}

// Check compares a log file with what the digest says of it.
func (f *File) Check(body []byte) Reason {
	text, wrong := inflate(body)
	if wrong != "" {
		return wrong
	}
	if sum := sha256.Sum256(text); !strings.EqualFold(hex.EncodeToString(sum[:]), f.Hash) {
		return BadHash
	}
	return ""
}

// inflate decompresses the one member that body must be.
func inflate(body []byte) ([]byte, Reason) {
	in := bytes.NewReader(body)
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, NotGzip
	}
	z.Multistream(false)
	text, err := io.ReadAll(io.LimitReader(z, most+1))
	switch {
	case err != nil:
		return nil, NotGzip
	case len(text) > most:
		return nil, TooBig
	case in.Len() > 0:
		return nil, Trailing
	}
	return text, ""
}
