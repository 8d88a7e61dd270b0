package main

import (
	"context"
	"time"

	"github.com/scrubline/scrubline/store/archive/object/s3"
)

// kmsPatience is how long doctor waits for KMS, which otherwise is waited for for ever.
const kmsPatience = 15 * time.Second

// quarantine asks KMS for a data key, as the first record that cannot be read will. It
// is thrown away.
func (c *checkup) quarantine(ctx context.Context) {
	key, _, err := c.cfg.Quarantine.key(ctx, c.cfg.AWS)
	if err != nil {
		c.broken("quarantine", "configuration", "quarantine, aws", err)
	}
	if key == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, kmsPatience)
	defer cancel()
	if _, err := key.NewSealer(ctx); err != nil {
		c.broken("quarantine", "kms", "quarantine.kms_key: name an enabled symmetric key and allow kms:GenerateDataKey; until then the first record that cannot be read stops reading", err)
		return
	}
	c.add("quarantine", s3.Remark{Grade: s3.Note, About: "kms", Text: "KMS gives data keys of " + c.cfg.Quarantine.KMSKey, Fix: "allow kms:Decrypt to those only who may read quarantined records"})
}
