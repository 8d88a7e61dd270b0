package pipeline

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// How a visitor of the portal is known: which record of theirs, if any, says who
// they are.
const (
	byCookie  = iota // WAF has the session's cookie beside the address
	byQuery          // ALB has the patient's number in the request
	byURL            // ALB has the session in the request
	byField          // the application logs session and address
	byProse          // the application logs patient and address in a sentence
	byTrace          // the application logs the session and the request's trace id, no address
	byNothing        // nobody ever says
	ways
)

// visitor is somebody who uses the portal from one address.
type visitor struct {
	addr, session, mrn string
	way                int
}

func visitors(n int) []visitor {
	vs := make([]visitor, n)
	for i := range vs {
		v := visitor{addr: fmt.Sprintf("%d.%d.%d.%d", 50+i/16384, 10+i/128%128, 20+i%128, 1+i*7%250), session: fmt.Sprintf("%08xe%07xa%08x", i*2654435761, i, i*40503), mrn: fmt.Sprintf("88%06d", i), way: i % ways}
		if i%11 == 0 {
			v.addr = fmt.Sprintf("2001:db8:%x:%x::%x", 1+i/60000, 1+i%60000, 1+i%9)
		}
		vs[i] = v
	}
	return vs
}

// visits makes the logs of n requests within 20 hours, over midnight. Flow logs
// come first, and the record that says who somebody is may be their last. unnamed
// is the number of flow records of visitors of whom none does.
func visits(vs []visitor, n int) (ps []payload, unnamed int) {
	r := rand.New(rand.NewPCG(3, 4))
	var flow, alb, waf, app strings.Builder
	flow.WriteString("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n")
	start := time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)
	said := make([]bool, len(vs))
	cut := func(names ...string) {
		for i, b := range []*strings.Builder{&flow, &alb, &waf, &app} {
			ps = append(ps, payload{name: fmt.Sprintf("%02d-%s", len(ps)/4, names[i]), raw: []byte(b.String())})
			b.Reset()
		}
		flow.WriteString("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n")
	}
	for i := range n {
		who := r.IntN(len(vs))
		if n-i <= len(vs) {
			who = n - i - 1 // at the end everybody once more
		}
		v := &vs[who]
		if v.way == byNothing {
			unnamed++
		}
		says := r.IntN(8) == 0 || n-i <= len(vs) && !said[who]
		said[who] = said[who] || says
		at := start.Add(time.Duration(i) * 20 * time.Hour / time.Duration(n)).Add(time.Duration(r.IntN(1000)) * time.Microsecond)
		port, sent, got := 1024+r.IntN(64000), 100+r.IntN(4000), 200+r.IntN(90000)
		trace := fmt.Sprintf("1-%08x-%012x%012x", at.Unix(), i*7919+1, i)
		mark, parent := trace, "" // what the application knows the request by
		if who%2 == 0 {           // its own tracer's, which the browser hands on
			mark = fmt.Sprintf("%08x%012x%012x", uint32(i)*2654435761, i*7919+1, i)
			parent = `,{"name":"traceparent","value":"00-` + mark + `-53995c3f42cd8ad8-01"}`
		}
		conn := fmt.Sprintf("TID_%032x", i*104729+5)
		path := "/portal/home"
		if says && v.way == byQuery {
			path = "/fhir/Patient?mrn=" + v.mrn
		}
		if says && v.way == byURL {
			path = "/portal/messages?sid=" + v.session
		}
		peer := v.addr
		if strings.Contains(peer, ":") {
			peer = "[" + peer + "]"
		}
		fmt.Fprintf(&alb, `https %s app/portal/50dc6c495c0c9188 %s:%d 10.20.1.12:8443 0.001 0.%03d 0.000 200 200 %d %d "GET https://portal.example.org:443%s HTTP/2.0" "Mozilla/5.0 (X11; Linux x86_64)" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.3 arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/portal/73e2d6bc24d8a067 "Root=%s" "portal.example.org" "-" 10 %s "forward" "-" "-" "10.20.1.12:8443" "200" "-" "-" %s`+"\n",
			at.Format("2006-01-02T15:04:05.000000Z"), peer, port, r.IntN(900), sent, got, path, trace, at.Format("2006-01-02T15:04:05.000000Z"), conn)
		fmt.Fprintf(&flow, "2 123456789012 eni-0a1b2c3d4e5f60718 %s 10.20.1.12 %d 443 6 20 %d %d %d ACCEPT OK\n", v.addr, port, sent+40*20, at.Unix(), at.Unix()+int64(r.IntN(60)))
		if says && v.way == byCookie || r.IntN(6) == 0 {
			cookie := ""
			if says && v.way == byCookie {
				cookie = `,{"name":"Cookie","value":"lang=en; SESSION=` + v.session + `"}`
			}
			fmt.Fprintf(&waf, `{"timestamp":%d,"formatVersion":1,"webaclId":"arn:aws:wafv2:us-east-1:123456789012:regional/webacl/portal/a1","terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","httpSourceName":"ALB","httpSourceId":"123456789012-app/portal/1","httpRequest":{"clientIp":"%s","country":"US","headers":[{"name":"Host","value":"portal.example.org"},{"name":"X-Amzn-Trace-Id","value":"Root=%s"}%s%s],"uri":"/portal/home","args":"","httpVersion":"HTTP/2.0","httpMethod":"GET","requestId":"%s"}}`+"\n",
				at.UnixMilli(), v.addr, trace, parent, cookie, trace)
		}
		late := at.Add(time.Duration(3+r.IntN(40)) * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
		switch {
		case says && v.way == byField:
			fmt.Fprintf(&app, `{"time":"%s","level":"info","msg":"page shown","client_ip":"%s","session_id":"%s","trace_id":"%s"}`+"\n", late, v.addr, v.session, mark)
		case says && v.way == byProse:
			fmt.Fprintf(&app, `{"time":"%s","level":"info","msg":"chart of MRN: %s opened from %s","trace_id":"%s"}`+"\n", late, v.mrn, v.addr, mark)
		case says && v.way == byTrace:
			fmt.Fprintf(&app, `{"time":"%s","level":"info","msg":"page shown","session_id":"%s","trace_id":"%s"}`+"\n", late, v.session, mark)
			fmt.Fprintf(&app, `{"time":"%s","level":"info","msg":"GET /portal/home 200","client_ip":"%s","trace_id":"%s"}`+"\n", late, v.addr, mark)
		case r.IntN(3) == 0:
			fmt.Fprintf(&app, `{"time":"%s","level":"info","msg":"request done","client_ip":"%s","trace_id":"%s"}`+"\n", late, v.addr, mark)
		}
		if i == n-1 || (i+1)%25_000 == 0 {
			cut("flow.log", "alb.log", "waf.log", "app.jsonl")
		}
	}
	return ps, unnamed
}
