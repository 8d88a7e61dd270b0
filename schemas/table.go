package schemas

// Table is one of the two tables rows go to.
type Table uint8

const (
	Events Table = iota // one wide row a record
	Flows               // VPC flow records: 10 to 100 times the volume, narrow
)

func (t Table) String() string { return [...]string{"events", "flows"}[t] }

var eventColumns = func() []Column {
	var cs []Column
	for c := TenantID; c <= Native; c++ {
		cs = append(cs, c)
	}
	return cs
}()

var flowColumns = []Column{
	TenantID, EventTime, IngestTime, Source, RowKind, Reason, Action, StatusID, StatusCode, DispositionID,
	CloudAccount, CloudRegion, SrcIP, SrcAddr, SrcPort, DstIP, DstAddr, DstPort, Protocol,
	Packets, Bytes, StartTime, TCPFlags, Direction, InterfaceID, InstanceID, VPCID, SubnetID,
	PktSrcIP, PktDstIP, PktSrcService, PktDstService, TrafficPath, RejectReason,
	ScrubCount, ScrubTypes, Flags, Present, Origin, Batch, RecordNo, Native,
}

// Columns lists the table's columns in their order on disk. The caller must
// not change the slice.
func (t Table) Columns() []Column {
	if t == Flows {
		return flowColumns
	}
	return eventColumns
}

// presence maps a column to its bit in Present, plus one.
var presence = func() (p [NumColumns]uint8) {
	bit := uint8(0)
	for c := TenantID; c < NumColumns; c++ {
		switch c {
		case EventTime, IngestTime, RowKind, ScrubCount, Flags, Present, RecordNo:
			continue
		}
		switch columns[c].Kind {
		case KString, KDict, KStrings:
		default:
			bit++
			p[c] = bit
		}
	}
	return p
}()

// PresentBit returns the mask of c in the column Present, which tells a zero
// from an absent value; 0 for columns that are always there.
func (c Column) PresentBit() uint64 {
	if presence[c] == 0 {
		return 0
	}
	return 1 << (presence[c] - 1)
}

// AuditSource is the source of what people do with Scrubline itself. It is left out
// where logs are spoken of: of questions that name no source, and of the digest.
const AuditSource = "scrubline_audit"

// CanaryScheme begins the ids of payloads that were planted to test the scrubber. No
// input gives it, so that what comes from outside cannot pass for one.
const CanaryScheme = "c"

// Planted is SQL that holds for the rows of such payloads: fictional patients, and what
// was found of them. Whoever counts what people did leaves them out.
const Planted = "startsWith(batch, 'v1/" + CanaryScheme + "/')"
