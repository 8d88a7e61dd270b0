package generic

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

const classDNS = 4003 // OCSF: DNS Activity

func newRoute53() *jsonSource {
	const name = "aws_route53resolver"
	return &jsonSource{name: name, framing: ingest.JSON, root: schemas.MustLoadSource(name).Root,
		score: func(b []byte, o ingest.Origin) int {
			switch {
			case has(b, "query_name", "query_type", "query_timestamp", "rcode", "srcaddr") == 5:
				return 95
			case o.Service == "vpcdnsquerylogs" && has(b, "query_name") > 0:
				return 80
			}
			return 0
		},
		finish: func(d *jsonDecoder) {
			d.rec.SetDerived(schemas.Service, "route53resolver")
			d.rec.SetNum(schemas.ClassUID, classDNS)
			d.rec.SetNum(schemas.SeverityID, 1)
			switch string(d.value(schemas.StatusCode)) {
			case "":
			case "NOERROR":
				d.rec.SetNum(schemas.StatusID, 1)
			default:
				d.rec.SetNum(schemas.StatusID, 2)
			}
			switch string(d.value(schemas.StatusDetail)) {
			case "BLOCK":
				d.rec.SetNum(schemas.DispositionID, 2)
			case "ALLOW", "ALERT":
				d.rec.SetNum(schemas.DispositionID, 1)
			}
			if len(d.rec.Fields) < 5 {
				d.rec.SetFlag(schemas.FlagOddShape)
			}
		},
	}
}
