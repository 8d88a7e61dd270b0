package schemas

// Column names one column of the tables events and flows. The zero Column is
// "none". Vocabulary and numbers follow OCSF 1.8, flattened; patient_token,
// purpose_of_use, fhir_resource and fhir_interaction come from FHIR AuditEvent.
type Column uint8

// Kind is the storage type of a column.
type Kind uint8

const (
	KString  Kind = iota + 1 // String
	KDict                    // LowCardinality(String)
	KStrings                 // Array(String)
	KU8                      // UInt8
	KU16                     // UInt16
	KU32                     // UInt32
	KU64                     // UInt64
	KF32                     // Float32; its number is math.Float32bits
	KTime                    // DateTime64(3,'UTC'); its number is Unix milliseconds
	KIP                      // IPv6; an IPv4 address is stored as ::ffff:a.b.c.d
)

const (
	None Column = iota
	TenantID
	EventTime
	IngestTime
	Source
	RowKind  // 0 event, 1 header or comment line, 2 tombstone, 3 gap
	Reason   // why a row is a tombstone or a gap: an error code, never text of the record
	ClassUID // OCSF class_uid
	ActivityID
	Action
	Service
	StatusID // OCSF: 0 unknown, 1 success, 2 failure
	StatusCode
	StatusDetail
	DispositionID // OCSF: 1 allowed, 2 blocked
	SeverityID
	ReadOnly // 0 no, 1 yes, 2 unknown
	CloudAccount
	CloudRegion
	RecipientAccount
	ActorType
	ActorID
	ActorName
	ActorRole
	ActorSession
	CredentialID
	MFA // 0 no, 1 yes, 2 unknown
	InvokedBy
	SrcIP
	SrcAddr // the source address as logged, or its token
	SrcPort
	SrcCountry
	VPCEndpoint
	DstIP
	DstAddr
	DstPort
	Protocol // IANA protocol number
	BytesIn
	BytesOut
	DurationMS
	ResourceIDs
	ResourceType
	HTTPMethod
	HTTPStatus
	URLHost
	URLPath
	UserAgentCol
	RequestID
	TraceIDCol
	SessionIDCol
	TLSVersion
	TLSCipher
	PatientToken
	PurposeOfUse
	FHIRResource
	FHIRInteraction
	NativeID // the source's own id of the record (CloudTrail eventID)
	ScrubCount
	ScrubTypes // names of the recognizers that matched
	Flags      // bits of Flag
	Present    // bit i: the i-th numeric column of NumericColumns was in the record
	Origin     // where the payload came from: path, s3://bucket/key, topic/partition
	Batch      // key of the archive object the row belongs to
	RecordNo   // number of the record in its payload, from 0
	Native     // the record in its original shape, scrubbed

	// Columns of flows only.
	Packets
	Bytes
	StartTime
	TCPFlags
	Direction
	InterfaceID
	InstanceID
	VPCID
	SubnetID
	PktSrcIP
	PktDstIP
	PktSrcService
	PktDstService
	TrafficPath
	RejectReason

	NumColumns
)

// Flag bits of the column Flags.
const (
	FlagTimeFromPayload uint64 = 1 << iota // event_time is the payload's, the record has none
	FlagDuplicate                          // the same (recipient account, native id) was seen before
	FlagAddressPrefix                      // src_ip holds only the network prefix, src_addr its token
	FlagCoverageGap                        // the source says it lost records here (VPC flow SKIPDATA)
	FlagOddTime                            // the time was not in the format the source documents
	FlagOddShape                           // fewer or more fields than documented, or a field of another type
)

// Row kinds of the column RowKind.
const (
	KindEvent uint64 = iota
	KindHeader
	KindTombstone
	KindGap
)

// ColumnInfo describes a column: its name in ClickHouse and Parquet, and type.
type ColumnInfo struct {
	Name string
	Kind Kind
}

var columns = [NumColumns]ColumnInfo{
	TenantID:         {"tenant_id", KDict},
	EventTime:        {"event_time", KTime},
	IngestTime:       {"ingest_time", KTime},
	Source:           {"source", KDict},
	RowKind:          {"row_kind", KU8},
	Reason:           {"reason", KDict},
	ClassUID:         {"class_uid", KU16},
	ActivityID:       {"activity_id", KU8},
	Action:           {"action", KDict},
	Service:          {"service", KDict},
	StatusID:         {"status_id", KU8},
	StatusCode:       {"status_code", KDict},
	StatusDetail:     {"status_detail", KString},
	DispositionID:    {"disposition_id", KU8},
	SeverityID:       {"severity_id", KU8},
	ReadOnly:         {"read_only", KU8},
	CloudAccount:     {"cloud_account", KDict},
	CloudRegion:      {"cloud_region", KDict},
	RecipientAccount: {"recipient_account", KDict},
	ActorType:        {"actor_type", KDict},
	ActorID:          {"actor_id", KString},
	ActorName:        {"actor_name", KString},
	ActorRole:        {"actor_role", KDict},
	ActorSession:     {"actor_session", KString},
	CredentialID:     {"credential_id", KString},
	MFA:              {"mfa", KU8},
	InvokedBy:        {"invoked_by", KDict},
	SrcIP:            {"src_ip", KIP},
	SrcAddr:          {"src_addr", KString},
	SrcPort:          {"src_port", KU16},
	SrcCountry:       {"src_country", KDict},
	VPCEndpoint:      {"vpc_endpoint", KDict},
	DstIP:            {"dst_ip", KIP},
	DstAddr:          {"dst_addr", KString},
	DstPort:          {"dst_port", KU16},
	Protocol:         {"protocol", KU8},
	BytesIn:          {"bytes_in", KU64},
	BytesOut:         {"bytes_out", KU64},
	DurationMS:       {"duration_ms", KF32},
	ResourceIDs:      {"resource_ids", KStrings},
	ResourceType:     {"resource_type", KDict},
	HTTPMethod:       {"http_method", KDict},
	HTTPStatus:       {"http_status", KU16},
	URLHost:          {"url_host", KDict},
	URLPath:          {"url_path", KString},
	UserAgentCol:     {"user_agent", KString},
	RequestID:        {"request_id", KString},
	TraceIDCol:       {"trace_id", KString},
	SessionIDCol:     {"session_id", KString},
	TLSVersion:       {"tls_version", KDict},
	TLSCipher:        {"tls_cipher", KDict},
	PatientToken:     {"patient_token", KString},
	PurposeOfUse:     {"purpose_of_use", KDict},
	FHIRResource:     {"fhir_resource", KDict},
	FHIRInteraction:  {"fhir_interaction", KDict},
	NativeID:         {"native_id", KString},
	ScrubCount:       {"scrub_count", KU16},
	ScrubTypes:       {"scrub_types", KStrings},
	Flags:            {"flags", KU64},
	Present:          {"present", KU64},
	Origin:           {"origin", KDict},
	Batch:            {"batch", KDict},
	RecordNo:         {"record_no", KU64},
	Native:           {"native", KString},
	Packets:          {"packets", KU64},
	Bytes:            {"bytes", KU64},
	StartTime:        {"start_time", KTime},
	TCPFlags:         {"tcp_flags", KU16},
	Direction:        {"direction", KDict},
	InterfaceID:      {"interface_id", KString},
	InstanceID:       {"instance_id", KString},
	VPCID:            {"vpc_id", KDict},
	SubnetID:         {"subnet_id", KDict},
	PktSrcIP:         {"pkt_src_ip", KIP},
	PktDstIP:         {"pkt_dst_ip", KIP},
	PktSrcService:    {"pkt_src_service", KDict},
	PktDstService:    {"pkt_dst_service", KDict},
	TrafficPath:      {"traffic_path", KU8},
	RejectReason:     {"reject_reason", KDict},
}

// Info describes c.
func (c Column) Info() ColumnInfo { return columns[c] }

func (c Column) String() string { return columns[c].Name }

// ColumnByName returns the column of that name, or None.
func ColumnByName(name string) Column {
	for c := None + 1; c < NumColumns; c++ {
		if columns[c].Name == name {
			return c
		}
	}
	return None
}
