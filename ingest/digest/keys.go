package digest

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
)

// Keys are CloudTrail's public keys by their fingerprint, as digests name them.
type Keys map[string]*rsa.PublicKey

// ParseKeys reads what `aws cloudtrail list-public-keys` prints. CloudTrail has other
// keys in each region and makes new ones at times: append what it prints for each to
// the file.
func ParseKeys(b []byte) (Keys, error) {
	keys := Keys{}
	for dec := json.NewDecoder(bytes.NewReader(b)); dec.More(); {
		var list struct {
			PublicKeyList []struct {
				Value       []byte // PKCS #1, base64 in JSON
				Fingerprint string
			}
		}
		if err := dec.Decode(&list); err != nil {
			return nil, errors.New("reading CloudTrail's public keys: not what list-public-keys prints")
		}
		for _, k := range list.PublicKeyList {
			key, err := x509.ParsePKCS1PublicKey(k.Value)
			if err != nil || k.Fingerprint == "" {
				return nil, fmt.Errorf("reading CloudTrail's public keys: key %q is none", k.Fingerprint)
			}
			keys[k.Fingerprint] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("reading CloudTrail's public keys: the file has none")
	}
	return keys, nil
}
