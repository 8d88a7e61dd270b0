package policy

import (
	"net/netip"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/scrubline/scrubline/scrub/link"
)

// groups are the networks that have a name. None of their addresses is one of a
// person of the public. aws is what AWS itself uses inside every VPC (metadata,
// DNS, time); its public networks are not exempt, because customers rent them.
var groups = map[string][]string{
	"private":     {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"},
	"loopback":    {"127.0.0.0/8", "::1/128"},
	"link_local":  {"169.254.0.0/16", "fe80::/10"},
	"shared":      {"100.64.0.0/10"}, // carrier-grade NAT
	"unspecified": {"0.0.0.0/32", "::/128"},
	"aws":         {"169.254.169.0/24", "169.254.170.0/23", "169.254.172.0/22", "fd00:ec2::/32"},
}

// network is an exempt one and what it is exempt as.
type network struct {
	prefix netip.Prefix
	name   string // of the group or workforce entry; "" if it is given as numbers
	at     at
}

// session is session_ip: how people of the public and their addresses are kept
// apart.
type session struct {
	mode    link.Mode
	exempt  []network
	said    bool // exempt was given
	workers []network
	at      at
}

func (r *reader) session(m member) (s session) {
	s.at = m.at
	for _, v := range r.mapping(m.value, "session_ip", "mode", "exempt", "workforce") {
		switch v.key {
		case "mode":
			word, ok := r.text(v)
			if !ok {
				continue
			}
			if s.mode.UnmarshalText([]byte(strings.ReplaceAll(word, "-", "_"))) != nil {
				r.fail(v.at, "mode is strict, authenticated_only or off")
			} else if s.mode == link.Off {
				r.warn(v.at, "session_ip is off: a session or patient and the address of the same request stay together in the logs, which AWS's HIPAA guidance calls PHI in some situations")
			}
			s.at = v.at
		case "exempt":
			s.said = true
			for _, w := range r.words(v) {
				s.exempt = append(s.exempt, r.networks(w.at, w.text)...)
			}
		case "workforce":
			for _, n := range r.list(v.value, "workforce") {
				s.workers = append(s.workers, r.workforce(n)...)
			}
		}
	}
	return s
}

// networks reads the name of a group, a network or an address.
func (r *reader) networks(where at, text string) (ns []network) {
	if g := groups[text]; g != nil {
		for _, p := range g {
			ns = append(ns, network{netip.MustParsePrefix(p), text, where})
		}
		return ns
	}
	if p, ok := r.network(where, text); ok {
		ns = append(ns, network{p, "", where})
	}
	return ns
}

func (r *reader) network(where at, text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	if a, aerr := netip.ParseAddr(text); err != nil && aerr == nil && a.Zone() == "" {
		p, err = a.Prefix(a.BitLen())
	}
	if err != nil {
		r.fail(where, "this is neither a network like 192.0.2.0/24 nor one of private, loopback, link_local, shared, unspecified, aws")
		return p, false
	}
	if err := (link.Policy{Exempt: []netip.Prefix{p}}).Validate(); err != nil {
		r.fail(where, "%s", strings.TrimPrefix(err.Error(), "link policy: "))
		return p, false
	}
	if b := p.Bits(); (p.Addr().Is4() && b < 8 || p.Addr().Is6() && b < 16) && !p.Addr().IsPrivate() {
		r.warn(where, "%s exempts a large part of the internet", p)
	}
	return p, true
}

func (r *reader) workforce(n ast.Node) (ns []network) {
	before, name, reason := r.problems.Errors(), "", ""
	var list member
	for _, m := range r.mapping(n, "an entry of workforce", "name", "networks", "reason") {
		switch m.key {
		case "name":
			if name, _ = r.text(m); name != "" && !identifier(name, 40) {
				r.fail(m.at, "a name is of lower case letters, digits, - and _, 40 at most")
			}
		case "reason":
			reason, _ = r.text(m)
		case "networks":
			list = m
		}
	}
	if r.problems.Errors() == before && (name == "" || reason == "" || list.key == "") {
		r.fail(place(n), "an entry of workforce needs a name, networks and a reason")
	}
	if r.problems.Errors() > before {
		return nil
	}
	for _, w := range r.words(list) {
		if p, ok := r.network(w.at, w.text); ok {
			ns = append(ns, network{p, name, w.at})
		}
	}
	return ns
}

// link is the policy of package link that comes of it.
func (s *session) link() link.Policy {
	p := link.Policy{Mode: s.mode}
	if !s.said {
		p.Exempt = link.DefaultExempt()
	}
	for _, ns := range [...][]network{s.exempt, s.workers} {
		for i := range ns {
			p.Exempt = append(p.Exempt, ns[i].prefix)
		}
	}
	return p
}
