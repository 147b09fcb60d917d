package config

import (
	"slices"
	"strings"
)

// How data is encrypted at rest.
const (
	EncryptionS3  = "s3"  // by keys that each service manages
	EncryptionKMS = "kms" // by one key of the stack's own
)

var encryptions = []string{EncryptionS3, EncryptionKMS}

// maxDeadLetterDays is the longest that SQS keeps a message.
const maxDeadLetterDays = 14

// Retention is how long data that is no longer in use is kept, in days.
type Retention struct {
	OldVersionDays int `json:"oldVersionDays"` // of objects of the input bucket, 1 or more
	OutputDays     int `json:"outputDays"`     // of renditions; 0 keeps them
	DeadLetterDays int `json:"deadLetterDays"` // of messages, 1 to 14
}

// checkKeeping looks at what the stack keeps, and how.
func (c Config) checkKeeping(problem func(key, format string, args ...any)) {
	if !slices.Contains(encryptions, c.Encryption) {
		problem("encryption", "%q must be one of %s", c.Encryption, strings.Join(encryptions, ", "))
	}
	if days := c.Retention.OldVersionDays; days < 1 {
		problem("retention", "oldVersionDays %d must be positive, such as 30", days)
	}
	if days := c.Retention.OutputDays; days < 0 {
		problem("retention", "outputDays %d must be positive, or 0 to keep the renditions", days)
	}
	if days := c.Retention.DeadLetterDays; days < 1 || days > maxDeadLetterDays {
		problem("retention", "deadLetterDays %d: SQS takes 1 to %d", days, maxDeadLetterDays)
	}
	if c.Protect && c.DestroyableBuckets {
		problem("protect", "true contradicts destroyableBuckets, by which pulumi destroy deletes what is protected; set one of them to false")
	}
}
