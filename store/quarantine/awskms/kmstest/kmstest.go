// Package kmstest is a KMS in memory that speaks the JSON protocol of AWS, for tests:
// one symmetric key, GenerateDataKey and Decrypt, and a switch to be down.
package kmstest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// ARN is the key's.
const ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// Server is a KMS. Its counters count requests.
type Server struct {
	URL            string
	Down           atomic.Bool // it answers 500
	Denied         atomic.Bool // nobody may decrypt
	Keys, Decrypts atomic.Int64
	box            cipher.AEAD
}

// New starts one, which ends with the test.
func New(t testing.TB) *Server {
	s, end, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return s
}

// Start starts one, until end is called.
func Start() (s *Server, end func(), err error) {
	var key [32]byte
	_, _ = rand.Read(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, nil, err
	}
	s = &Server{}
	if s.box, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, nil, err
	}
	h := httptest.NewServer(s)
	s.URL = h.URL
	return s, h.Close, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		KeyId, KeySpec    string
		CiphertextBlob    []byte
		EncryptionContext map[string]string
	}
	fail := func(status int, kind string) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": kind, "message": "no"})
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if s.Down.Load() {
		fail(http.StatusInternalServerError, "KMSInternalException")
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256") {
		fail(http.StatusBadRequest, "ValidationException")
		return
	}
	if in.KeyId != ARN && in.KeyId != "alias/quarantine" {
		fail(http.StatusBadRequest, "NotFoundException")
		return
	}
	bound, _ := json.Marshal(in.EncryptionContext) // sorted, as maps are
	switch r.Header.Get("X-Amz-Target") {
	case "TrentService.GenerateDataKey":
		s.Keys.Add(1)
		var key [32]byte
		_, _ = rand.Read(key[:])
		_ = json.NewEncoder(w).Encode(map[string]any{"KeyId": ARN, "Plaintext": key[:], "CiphertextBlob": s.box.Seal(nil, nil, key[:], bound)})
	case "TrentService.Decrypt":
		s.Decrypts.Add(1)
		if s.Denied.Load() {
			fail(http.StatusBadRequest, "AccessDeniedException")
			return
		}
		key, err := s.box.Open(nil, nil, in.CiphertextBlob, bound)
		if err != nil {
			fail(http.StatusBadRequest, "InvalidCiphertextException")
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"KeyId": ARN, "Plaintext": key})
	default:
		fail(http.StatusBadRequest, "UnknownOperationException")
	}
}
