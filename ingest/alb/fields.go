package alb

import (
	"github.com/scrubline/scrubline/schemas"
)

// fields is the schema of one of the sources, looked up once.
type fields struct {
	client, target, elb, status             schemas.Field
	method, host, path, query, url          schemas.Field
	userAgent, cipher, protocol             schemas.Field
	region, account, trace, domain          schemas.Field
	redirect, errorReason, targets, conn    schemas.Field
	newHost, newURI, subject, serial, check schemas.Field
	alert                                   schemas.Field
}

func newFields(s *schemas.Schema) fields {
	f := s.Names
	return fields{
		client: f("client"), target: f("target"), elb: f("elb"), status: f("elb_status_code"),
		method: f("request_method"), host: f("request_host"), path: f("request_path"), query: f("request_query"), url: f("request_url"),
		userAgent: f("user_agent"), cipher: f("ssl_cipher"), protocol: f("ssl_protocol"),
		region: f("arn_region"), account: f("arn_account"), trace: f("trace_id"), domain: f("domain_name"),
		redirect: f("redirect_url"), errorReason: f("error_reason"), targets: f("target_list"), conn: f("conn_trace_id"),
		newHost: f("transformed_host"), newURI: f("transformed_uri"),
		subject: f("leaf_client_cert_subject"), serial: f("leaf_client_cert_serial_number"), check: f("tls_verify_status"),
		alert: f("incoming_tls_alert"),
	}
}
