package generic

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

const classInventory = 5001 // OCSF: Device Inventory Info

// newConfig returns the source of AWS Config: its history and snapshot files are
// one document each.
func newConfig() *jsonSource {
	const name = "aws_config"
	return &jsonSource{name: name, framing: ingest.Document, root: schemas.MustLoadSource(name).Root,
		score: func(b []byte, o ingest.Origin) int {
			switch {
			case has(b, "fileVersion", "configurationItems") == 2:
				return 95
			case bytes.HasPrefix(member(b, "detail-type"), []byte(`"Config `)):
				return 90
			case has(b, "configurationItemVersion", "configurationItemCaptureTime", "configurationItemStatus") >= 2:
				return 90
			case o.Service == "Config" && has(b, "configurationItems") > 0:
				return 70
			}
			return 0
		},
		finish: func(d *jsonDecoder) {
			d.rec.SetDerived(schemas.Service, "config")
			d.rec.SetNum(schemas.ClassUID, classInventory)
			d.rec.SetNum(schemas.SeverityID, 1)
		},
	}
}
