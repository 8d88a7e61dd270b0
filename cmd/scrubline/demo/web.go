package demo

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// deltas spreads repeated events over an hour.
func deltas(k int) time.Duration { return time.Duration(k*317) * time.Second }

// waf writes a day of the firewall before the portal.
func waf(h *hospital, day int, f *Facts) (string, []byte) {
	var b bytes.Buffer
	for hour := day * 24; hour < day*24+24; hour++ {
		for range 30 {
			t, ok := h.when(hour)
			if !ok {
				continue
			}
			f.Records++
			p := h.patient()
			action, rule, ip, uri, args := "ALLOW", "Default_Action", p.ip, "/portal/login", "next=%2Fportal%2Fhome"
			switch h.r.IntN(6) {
			case 0:
				action, rule, ip = "BLOCK", "AWS-AWSManagedRulesSQLiRuleSet", Intruder
				uri, args = "/portal/search", "q=%27+OR+1%3D1--&ssn="+p.ssn
				f.Planted["us_ssn"]++
			case 1:
				uri, args = "/portal/register", "email="+strings.ReplaceAll(p.email, "@", "%2540")+"&phone="+strings.ReplaceAll(p.phone, " ", "+")
				f.Planted["email"]++
			}
			fmt.Fprintf(&b, `{"timestamp":%d,"formatVersion":1,"webaclId":"arn:aws:wafv2:%s:%s:regional/webacl/portal/%s-%s-4%s-9%s-%s","terminatingRuleId":"%s","terminatingRuleType":"REGULAR","action":"%s","terminatingRuleMatchDetails":[],"httpSourceName":"ALB","httpSourceId":"%s-app/portal/50dc6c495c0c9188","ruleGroupList":[],"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],"requestHeadersInserted":null,"responseCodeSent":null,"httpRequest":{"clientIp":"%s","country":"US","headers":[{"name":"Host","value":"portal.northfield.example"},{"name":"user-agent","value":"%s"},{"name":"cookie","value":"sid=%s; theme=dark"}],"uri":"%s","args":"%s","httpVersion":"HTTP/2.0","httpMethod":"GET","requestId":"1-%s-%s"},"labels":[]}`+"\n",
				t.UnixMilli(), region, account, h.hex(8), h.hex(4), h.hex(3), h.hex(3), h.hex(12), rule, action, account, ip, h.one(agents), p.session, uri, args, h.hex(8), h.hex(24))
			f.Planted["session_id"]++
		}
	}
	date := Start.AddDate(0, 0, day)
	return fmt.Sprintf("AWSLogs/%s/WAFLogs/%s/portal/%s/23/55/%s_waflogs_%s_portal_%sT2355Z_5d6e7f80.log.gz", account, region, date.Format("2006/01/02"), account, region, date.Format("20060102")), b.Bytes()
}

// portal writes a day of the application's own log: JSON lines that say too much.
func portal(h *hospital, day int, f *Facts) (string, []byte) {
	var b bytes.Buffer
	write := func(t time.Time, level, action, who string, p *patient, request, msg string) {
		f.Records++
		fmt.Fprintf(&b, `{"time":"%s","level":"%s","service":"ehr","action":"%s","practitioner":"%s","patient_id":"%s","request_id":"%s","message":%q}`+"\n",
			t.Format(time.RFC3339Nano), level, action, who, p.mrn, request, msg)
	}
	line := func(t time.Time, level, action, who string, p *patient, msg string) {
		write(t, level, action, who, p, h.hex(16), msg)
	}
	for hour := day * 24; hour < day*24+24; hour++ {
		for range 60 {
			t, ok := h.when(hour)
			if !ok {
				continue
			}
			p, who := h.patient(), h.one(staff)
			switch h.r.IntN(6) {
			case 0:
				f.Planted["us_ssn"]++
				line(t, "info", "update", who, p, fmt.Sprintf("demographics updated for patient %s %s, SSN %s, phone %s", p.first, p.last, p.ssn, p.phone))
			case 1:
				f.Planted["payment_card"]++
				line(t, "warn", "payment", who, p, fmt.Sprintf("card %s declined, receipt to %s", p.card, p.email))
			case 2:
				f.Planted["us_mbi"]++
				line(t, "info", "eligibility", who, p, fmt.Sprintf("eligibility check: mbi=%s dob=%s address=%s zip=%s", p.mbi, p.dob, p.street, p.zip))
			case 3:
				f.Planted["person_name"]++
				seg := fmt.Sprintf("PID|1||%s^^^NGH^MR||%s^%s||%s|F|||%s^^Northfield^OH^%s||%s", p.mrn, p.last, p.first, strings.ReplaceAll(p.dob, "-", ""), p.street, p.zip, p.phone)
				line(t, "error", "hl7", "interface", p, "rejected message: MSH|^~\\&|LAB|NGH|EHR|NGH|20260302||ADT^A08|"+h.hex(6)+"|P|2.5.1\r"+seg)
			default:
				line(t, "info", "read", who, p, "chart opened")
			}
		}
		if hour%24 == 2 {
			target := h.patients[7]
			for k := range 6 {
				line(Start.AddDate(0, 0, day).Add(2*time.Hour+deltas(k)), "info", "read", Snooper, &target, "chart opened")
			}
		}
	}
	if day == incidentDay {
		incident(h, func(t time.Time, action string, p *patient, msg string) {
			write(t, "info", action, Clerk, p, fmt.Sprintf("%016x", t.Unix()), msg)
		})
	}
	return fmt.Sprintf("app/ehr-%s.log", Start.AddDate(0, 0, day).Format("2006-01-02")), b.Bytes()
}
