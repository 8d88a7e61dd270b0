package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/quarantine/awskms"
)

// quarantineConfig says to whom quarantined records are encrypted. Without kms_key that
// is the key in keys/quarantine.pub.
type quarantineConfig struct {
	KMSKey string    `yaml:"kms_key"` // id, ARN or alias of a symmetric key
	AWS    awsConfig `yaml:",inline"`

	ByTwo     bool   `yaml:"reveal"`     // two people together may see a record on the page
	RevealKey string `yaml:"reveal_key"` // private key for that; default keys/quarantine.key of the data folder
}

// check says what is wrong with the section.
func (c *quarantineConfig) check(who *identityConfig) error {
	if c.ByTwo && who.OIDC.Issuer == "" {
		return errors.New("quarantine.reveal needs identity.oidc: without it nobody is two people")
	}
	return nil
}

// key is the one in KMS, nil if there is none. It asks for nothing yet.
func (c *quarantineConfig) key(ctx context.Context, shared awsConfig) (*seal.KMSKey, *awskms.Key, error) {
	if c.KMSKey == "" {
		return nil, nil, nil
	}
	where := c.AWS.or(shared)
	aws, err := where.load(ctx)
	if err != nil {
		return nil, nil, err
	}
	k := &awskms.Key{ID: c.KMSKey, Client: kms.NewFromConfig(aws, func(o *kms.Options) {
		o.BaseEndpoint = where.endpoint("kms", o.BaseEndpoint)
	})}
	return &seal.KMSKey{KMS: k, Name: c.KMSKey}, k, nil
}

// quarantineKeys are what opens the quarantine: the private key in a file, by default
// the data folder's, and the key in KMS.
func (g *globals) quarantineKeys(ctx context.Context, path string) (seal.Keys, error) {
	cfg, err := g.load()
	if err != nil {
		return nil, err
	}
	inKMS, _, err := cfg.Quarantine.key(ctx, cfg.AWS)
	if err != nil {
		return nil, err
	}
	file := path
	if file == "" {
		file = filepath.Join(g.Data, "keys", "quarantine.key")
	}
	var keys seal.Keys
	private, err := seal.ReadPrivateKey(file)
	switch {
	case err == nil:
		keys = append(keys, private)
	case inKMS == nil || path != "" || !errors.Is(err, fs.ErrNotExist):
		return nil, &exitError{exitUsage, err}
	}
	if inKMS != nil {
		keys = append(seal.Keys{inKMS}, keys...)
	}
	return keys, nil
}
