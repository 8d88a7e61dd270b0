// Package vpcflow is the source aws_vpcflow: VPC flow logs of versions 2 to 11
// and transit gateway flow logs, as text or as JSON rows taken from Parquet.
//
// The order of the fields is the customer's choice, so the header rules, never
// a column count: a header (line of field names) holds for the lines after it,
// until the next. Lines before the first header follow the configured format,
// or else an order that AWS lists (file order.go) and the first line fits.
package vpcflow

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// Source is the source aws_vpcflow.
type Source struct {
	names   map[string]column
	flow    order // of VPC flow logs
	gateway order // of transit gateway flow logs
	rows    *schemas.Node
}

const name = "aws_vpcflow"

// New returns the source.
func New() *Source {
	s := &Source{names: map[string]column{}, rows: &schemas.Node{
		Field:    schemas.Unknown.Field,
		Children: map[string]*schemas.Node{},
	}}
	for name, node := range schemas.MustLoadSource(name).Root.Children {
		s.names[name] = newColumn(name, node.Field)
		// The walker of JSON rows shows every value to the decoder, which treats
		// it as a value of a line.
		every := &schemas.Node{Field: schemas.Field{Treat: schemas.Scan}}
		s.rows.Children[name] = every
		s.rows.Children[string(bytes.ReplaceAll([]byte(name), []byte("-"), []byte("_")))] = every
	}
	s.flow, s.gateway = s.order(listedFormat), s.order(gatewayFormat)
	return s
}

// Name implements ingest.Source.
func (*Source) Name() string { return name }

// NewDecoder implements ingest.Source.
func (s *Source) NewDecoder(o ingest.Origin, opt ingest.Options) ingest.Decoder {
	d := &decoder{source: s, account: o.Account, region: o.Region, depth: opt.Limits.Depth}
	if opt.FlowFormat != "" {
		d.cols = s.columns(nil, []byte(opt.FlowFormat))
	}
	if d.depth == 0 {
		d.depth = ingest.DefaultLimits.Depth
	}
	return d
}

// Sniff implements ingest.Source.
func (s *Source) Sniff(o ingest.Origin, head []byte) (int, ingest.Framing) {
	line := firstLine(head)
	switch {
	case len(line) > 0 && line[0] == '{':
		if s.knownKeys(line) >= 4 {
			return 92, ingest.JSON
		}
	case s.isHeader(line):
		return 97, ingest.Lines
	case looksStandard(line), looksGateway(line):
		return 93, ingest.Lines
	case o.Service == "vpcflowlogs":
		return 60, ingest.Lines
	}
	return 0, ingest.Lines
}

// knownKeys counts the first keys of a JSON object that are field names. One of
// them must be the destination or the interface: Route 53's query logs have the
// other names too.
func (s *Source) knownKeys(line []byte) (n int) {
	if !bytes.Contains(line, []byte("dstaddr")) && !bytes.Contains(line, []byte("interface_id")) {
		return 0
	}
	own := false
	for i, part := range bytes.SplitN(line, []byte(`"`), 130) {
		if i%2 == 0 || len(part) > maxName {
			continue
		}
		if _, ok := s.lookup(part); ok {
			n++
			own = own || string(part) == "dstaddr" || string(part) == "pkt_dstaddr" || string(part) == "interface_id"
		}
	}
	if !own {
		return 0
	}
	return n
}

// firstLine returns the first line that is neither empty nor a comment.
func firstLine(head []byte) []byte {
	for len(head) > 0 {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return line
		}
		head = rest
	}
	return nil
}

// looksStandard says whether a line begins as the default format does:
// version, account, network interface.
func looksStandard(line []byte) bool {
	version, rest, _ := bytes.Cut(line, []byte(" "))
	acct, rest, _ := bytes.Cut(rest, []byte(" "))
	return isVersion(version) && (string(acct) == "unknown" || digits(acct) && len(acct) >= 9) &&
		(bytes.HasPrefix(rest, []byte("eni-")) || bytes.HasPrefix(rest, []byte("- ")))
}

// looksGateway says whether a line begins as transit gateway flow logs do:
// version, kind of resource, account, gateway.
func looksGateway(line []byte) bool {
	version, rest, _ := bytes.Cut(line, []byte(" "))
	kind, rest, _ := bytes.Cut(rest, []byte(" "))
	_, rest, _ = bytes.Cut(rest, []byte(" "))
	return isVersion(version) && (string(kind) == "-" || string(kind) == "TransitGateway") && bytes.HasPrefix(rest, []byte("tgw-"))
}

func isVersion(b []byte) bool {
	return len(b) == 1 && b[0] >= '2' && b[0] <= '9' || len(b) == 2 && b[0] == '1' && digits(b[1:])
}

func digits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return len(b) > 0
}
