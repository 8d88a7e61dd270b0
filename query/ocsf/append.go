package ocsf

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/query"
	s "github.com/scrubline/scrubline/schemas"
)

// Version of the framework whose words are used.
const Version = "1.3.0"

// Classes; their thousands are the category.
const (
	baseEvent       = 0
	networkActivity = 4001
	httpActivity    = 4002
	apiActivity     = 6003
)

// Append appends a row that has all its columns, as one JSON object.
func Append(dst []byte, r *query.Row) ([]byte, error) {
	e := event{
		ClassUID: class(r), SeverityID: max(1, uint32(r.Number(s.SeverityID))), StatusID: uint32(r.Number(s.StatusID)),
		StatusCode: r.Text(s.StatusCode), Detail: r.Text(s.StatusDetail), Time: r.Time(s.EventTime).UnixMilli(),
		Duration: uint64(r.Float(s.DurationMS)), Disposition: r.Number(s.DispositionID),
		Metadata: metadata{
			Version: Version, UID: fmt.Sprintf("%s#%d", r.Text(s.Batch), r.Number(s.RecordNo)), OriginalUID: r.Text(s.NativeID),
			Product: product{"Scrubline", "Scrubline"}, LogName: r.Text(s.Source), LoggedTime: r.Time(s.IngestTime).UnixMilli(),
			Correlation: r.Text(s.TraceIDCol),
		},
		Unmapped: unmapped(r),
	}
	e.CategoryUID = e.ClassUID / 1000
	if e.ClassUID != baseEvent {
		e.ActivityID = activity(r, e.ClassUID)
		e.common(r)
	}
	switch e.ClassUID {
	case apiActivity:
		e.API = &operation{Operation: r.Text(s.Action)}
		if name := r.Text(s.Service); name != "" {
			e.API.Service = &service{name}
		}
		if id := r.Text(s.RequestID); id != "" {
			e.API.Request = &uid{id}
		}
		for _, id := range r.Texts(s.ResourceIDs) {
			e.Resources = append(e.Resources, resource{id, r.Text(s.ResourceType)})
		}
		if e.Actor == nil {
			e.Actor = &actor{User: &user{Type: "Unknown"}} // the class asks for one
		}
	case networkActivity:
		e.Connection = &connection{Protocol: r.Number(s.Protocol), Direction: direction(r), Flags: r.Number(s.TCPFlags)}
	}
	e.TypeUID = e.ClassUID*100 + e.ActivityID
	b, err := json.Marshal(e)
	if err != nil {
		return dst, fmt.Errorf("encoding a row: %w", err)
	}
	return append(dst, b...), nil
}

// class is what kind of event a row is.
func class(r *query.Row) uint32 {
	switch {
	case r.Number(s.RowKind) != s.KindEvent:
		return baseEvent
	case r.Number(s.ClassUID) != 0: // the source's decoder knows
		return uint32(r.Number(s.ClassUID))
	case r.Table == s.Flows:
		return networkActivity
	case r.Text(s.HTTPMethod) != "" && r.Text(s.ActorID) == "":
		return httpActivity
	}
	return apiActivity
}

// changes are the activities of API Activity, by the verbs of package query.
var changes = map[string]uint32{"C": 1, "R": 2, "U": 3, "D": 4}

var methods = map[string]uint32{"CONNECT": 1, "DELETE": 2, "GET": 3, "HEAD": 4, "OPTIONS": 5, "POST": 6, "PUT": 7, "TRACE": 8, "PATCH": 9}

const otherActivity = 99

// activity is the class's number for what was done.
func activity(r *query.Row, class uint32) uint32 {
	if id := r.Number(s.ActivityID); id != 0 {
		return uint32(id)
	}
	switch class {
	case httpActivity:
		if id, ok := methods[strings.ToUpper(r.Text(s.HTTPMethod))]; ok {
			return id
		}
	case networkActivity:
		if r.Text(s.Action) == "REJECT" {
			return 5 // Refuse
		}
		return 6 // Traffic
	default:
		if id, ok := changes[query.Verb(r.Text(s.Action))]; ok {
			return id
		}
	}
	return otherActivity
}

// direction is 1 inbound, 2 outbound, 0 unknown.
func direction(r *query.Row) uint32 {
	switch r.Text(s.Direction) {
	case "ingress":
		return 1
	case "egress":
		return 2
	}
	return 0
}

// common sets what the classes share.
func (e *event) common(r *query.Row) {
	if id, region := r.Text(s.CloudAccount), r.Text(s.CloudRegion); id != "" || region != "" {
		e.Metadata.Profiles = []string{"cloud"}
		e.Cloud = &cloud{Provider: "AWS", Region: region}
		if id != "" {
			e.Cloud.Account = &account{id}
		}
	}
	e.Actor = who(r)
	e.Source = &endpoint{Name: r.Text(s.SrcAddr), Port: r.Number(s.SrcPort)}
	if a := r.Addr(s.SrcIP); a.IsValid() && r.Number(s.Flags)&s.FlagAddressPrefix == 0 {
		e.Source.IP, e.Source.Name = a.String(), ""
	}
	if c := r.Text(s.SrcCountry); c != "" {
		e.Source.Location = &location{c}
	}
	if a := r.Addr(s.DstIP); a.IsValid() || r.Number(s.DstPort) != 0 {
		e.Destination = &endpoint{Port: r.Number(s.DstPort), VPC: r.Text(s.VPCID), Subnet: r.Text(s.SubnetID), Iface: r.Text(s.InterfaceID), Instance: r.Text(s.InstanceID)}
		if a.IsValid() {
			e.Destination.IP = a.String()
		}
	}
	if method, path, agent := r.Text(s.HTTPMethod), r.Text(s.URLPath), r.Text(s.UserAgentCol); method+path+agent != "" {
		e.Request = &request{UID: r.Text(s.RequestID), Method: method, Agent: agent}
		if host := r.Text(s.URLHost); host+path != "" {
			e.Request.URL = &url{host, path}
		}
	}
	if r.Has(s.HTTPStatus) {
		e.Response = &response{r.Number(s.HTTPStatus)}
	}
	if t := (traffic{r.Number(s.Bytes), r.Number(s.BytesIn), r.Number(s.BytesOut), r.Number(s.Packets)}); t != (traffic{}) {
		e.Traffic = &t
	}
	if v := r.Text(s.TLSVersion); v != "" {
		e.TLS = &tls{v, r.Text(s.TLSCipher)}
	}
}

// who is the actor of a row, nil if it names nobody.
func who(r *query.Row) *actor {
	a := &actor{InvokedBy: r.Text(s.InvokedBy)}
	if u := (user{r.Text(s.ActorID), r.Text(s.ActorName), r.Text(s.ActorType), r.Text(s.CredentialID)}); u != (user{}) {
		a.User = &u
	}
	id := r.Text(s.SessionIDCol)
	if id == "" {
		id = r.Text(s.ActorSession)
	}
	if role := r.Text(s.ActorRole); id+role != "" {
		a.Session = &session{UID: id, Issuer: role}
		if r.Has(s.MFA) && r.Number(s.MFA) < 2 {
			mfa := r.Number(s.MFA) == 1
			a.Session.MFA = &mfa
		}
	}
	if *a == (actor{}) {
		return nil
	}
	return a
}

// unmapped is what the framework has no words for.
func unmapped(r *query.Row) map[string]any {
	m := map[string]any{}
	for _, c := range []s.Column{s.PatientToken, s.PurposeOfUse, s.FHIRResource, s.FHIRInteraction, s.Reason, s.Origin, s.Native} {
		if v := r.Text(c); v != "" {
			m[c.String()] = v
		}
	}
	if kinds := r.Texts(s.ScrubTypes); len(kinds) > 0 {
		m[s.ScrubTypes.String()] = kinds
	}
	if flags := r.FlagNames(); len(flags) > 0 {
		m[s.Flags.String()] = flags
	}
	if k := r.Number(s.RowKind); k != s.KindEvent && k < uint64(len(query.KindNames)) {
		m[s.RowKind.String()] = query.KindNames[k]
	}
	return m
}
