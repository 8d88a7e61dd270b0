package ingest

// Limits bound what a hostile or broken payload can cost.
type Limits struct {
	Record  int   // bytes of one record
	Payload int64 // bytes of a payload after decompression
	Ratio   int64 // decompressed to compressed bytes, checked after the first MiB
	Depth   int   // nesting of JSON and of encodings inside encodings
}

// DefaultLimits fit the formats: CloudTrail caps events at 256 KB, a WAF record
// holds up to 8 KB of body, application lines can be longer.
var DefaultLimits = Limits{Record: 1 << 20, Payload: 64 << 30, Ratio: 500, Depth: 64}
