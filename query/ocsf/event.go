package ocsf

// The attributes that are used, as https://schema.ocsf.io/1.3.0/ names them.

type event struct {
	ActivityID  uint32         `json:"activity_id"`
	CategoryUID uint32         `json:"category_uid"`
	ClassUID    uint32         `json:"class_uid"`
	TypeUID     uint32         `json:"type_uid"`
	SeverityID  uint32         `json:"severity_id"`
	StatusID    uint32         `json:"status_id"`
	StatusCode  string         `json:"status_code,omitempty"`
	Detail      string         `json:"status_detail,omitempty"`
	Time        int64          `json:"time"` // Unix milliseconds
	Duration    uint64         `json:"duration,omitempty"`
	Disposition uint64         `json:"disposition_id,omitempty"`
	Metadata    metadata       `json:"metadata"`
	Cloud       *cloud         `json:"cloud,omitempty"`
	Actor       *actor         `json:"actor,omitempty"`
	API         *operation     `json:"api,omitempty"`
	Source      *endpoint      `json:"src_endpoint,omitempty"`
	Destination *endpoint      `json:"dst_endpoint,omitempty"`
	Resources   []resource     `json:"resources,omitempty"`
	Request     *request       `json:"http_request,omitempty"`
	Response    *response      `json:"http_response,omitempty"`
	Connection  *connection    `json:"connection_info,omitempty"`
	Traffic     *traffic       `json:"traffic,omitempty"`
	TLS         *tls           `json:"tls,omitempty"`
	Unmapped    map[string]any `json:"unmapped,omitempty"`
}

type metadata struct {
	Version     string   `json:"version"`
	UID         string   `json:"uid"` // batch#record, the row's identity
	OriginalUID string   `json:"original_event_uid,omitempty"`
	Product     product  `json:"product"`
	Profiles    []string `json:"profiles,omitempty"`
	LogName     string   `json:"log_name"`
	LoggedTime  int64    `json:"logged_time"`
	Correlation string   `json:"correlation_uid,omitempty"`
}

type product struct {
	Name   string `json:"name"`
	Vendor string `json:"vendor_name"`
}

type cloud struct {
	Provider string   `json:"provider"`
	Region   string   `json:"region,omitempty"`
	Account  *account `json:"account,omitempty"`
}

type account struct {
	UID string `json:"uid"`
}

type actor struct {
	User      *user    `json:"user,omitempty"`
	Session   *session `json:"session,omitempty"`
	InvokedBy string   `json:"invoked_by,omitempty"`
}

type user struct {
	UID        string `json:"uid,omitempty"`
	Name       string `json:"name,omitempty"`
	Type       string `json:"type,omitempty"`
	Credential string `json:"credential_uid,omitempty"`
}

type session struct {
	UID    string `json:"uid,omitempty"`
	Issuer string `json:"issuer,omitempty"`
	MFA    *bool  `json:"is_mfa,omitempty"`
}

type operation struct {
	Operation string   `json:"operation"`
	Service   *service `json:"service,omitempty"`
	Request   *uid     `json:"request,omitempty"`
}

type service struct {
	Name string `json:"name"`
}

type uid struct {
	UID string `json:"uid"`
}

type endpoint struct {
	IP       string    `json:"ip,omitempty"`
	Name     string    `json:"name,omitempty"` // the address as logged, where it is a token or no address
	Port     uint64    `json:"port,omitempty"`
	Location *location `json:"location,omitempty"`
	VPC      string    `json:"vpc_uid,omitempty"`
	Subnet   string    `json:"subnet_uid,omitempty"`
	Iface    string    `json:"interface_uid,omitempty"`
	Instance string    `json:"instance_uid,omitempty"`
}

type location struct {
	Country string `json:"country"`
}

type resource struct {
	UID  string `json:"uid"`
	Type string `json:"type,omitempty"`
}

type request struct {
	UID    string `json:"uid,omitempty"`
	Method string `json:"http_method,omitempty"`
	Agent  string `json:"user_agent,omitempty"`
	URL    *url   `json:"url,omitempty"`
}

type url struct {
	Host string `json:"hostname,omitempty"`
	Path string `json:"path,omitempty"`
}

type response struct {
	Code uint64 `json:"code"`
}

type connection struct {
	Protocol  uint64 `json:"protocol_num"`
	Direction uint32 `json:"direction_id"`
	Flags     uint64 `json:"tcp_flags,omitempty"`
}

type traffic struct {
	Bytes   uint64 `json:"bytes,omitempty"`
	In      uint64 `json:"bytes_in,omitempty"`
	Out     uint64 `json:"bytes_out,omitempty"`
	Packets uint64 `json:"packets,omitempty"`
}

type tls struct {
	Version string `json:"version"`
	Cipher  string `json:"cipher,omitempty"`
}
