package main

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/notify"
	"github.com/scrubline/scrubline/detect/route"
)

// alertsConfig is the section alerts: where alerts go.
type alertsConfig struct {
	Page     string        `yaml:"page"`     // address of the page, for links; default: none
	Patience time.Duration `yaml:"patience"` // after which an alert is given up by a route; default 24h
	Routes   []routeConfig `yaml:"routes"`
}

// routeConfig is one route. Secrets are read from files, without the line's end.
type routeConfig struct {
	Name  string   `yaml:"name"`
	Type  string   `yaml:"type"`  // webhook, slack, pagerduty, email, sns, sqs, template, syslog
	Least string   `yaml:"least"` // level at least
	Rules []string `yaml:"rules"` // ids; none is all
	Quiet struct {
		From   string `yaml:"from"` // 22:00
		To     string `yaml:"to"`
		Zone   string `yaml:"zone"`
		Unless string `yaml:"unless"` // level that does not wait, default critical
	} `yaml:"quiet"`
	Drills bool          `yaml:"drills"`
	Limit  int           `yaml:"limit"`
	Per    time.Duration `yaml:"per"`

	URL        string            `yaml:"url"` // or url_file, where the address is the secret
	URLFile    string            `yaml:"url_file"`
	SecretFile string            `yaml:"secret_file"` // of webhook and template; pagerduty's key; email's password
	OCSF       bool              `yaml:"ocsf"`        // webhook, sns, sqs: an OCSF Detection Finding
	Networks   []netip.Prefix    `yaml:"networks"`    // not public, and yet allowed
	Method     string            `yaml:"method"`      // of template
	Header     map[string]string `yaml:"header"`
	Body       string            `yaml:"body"`
	Addr       string            `yaml:"addr"` // of email and syslog
	User       string            `yaml:"user"`
	From       string            `yaml:"from"`
	To         []string          `yaml:"to"`
	Plain      bool              `yaml:"plain"`   // email to a server without TLS
	Network    string            `yaml:"network"` // of syslog: tcp, tls, udp; default tls
	Topic      string            `yaml:"topic"`   // of sns: ARN
	Queue      string            `yaml:"queue"`   // of sqs: URL
	AWS        awsConfig         `yaml:"aws"`
}

// ways makes the routes of the configuration.
func (n *node) ways(ctx context.Context) ([]*notify.Way, error) {
	var out []*notify.Way
	names := map[string]bool{}
	for i := range n.cfg.Alerts.Routes {
		c := &n.cfg.Alerts.Routes[i]
		if c.Name == "" || names[c.Name] {
			return nil, &exitError{exitUsage, fmt.Errorf("alerts: route %d needs a name of its own", i+1)}
		}
		names[c.Name] = true
		w, err := n.way(ctx, c)
		if err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("alerts: route %s: %w", c.Name, err)}
		}
		out = append(out, w)
	}
	return out, nil
}

func (n *node) way(ctx context.Context, c *routeConfig) (*notify.Way, error) {
	w := &notify.Way{Name: c.Name, Least: c.Least, Rules: c.Rules, Drills: c.Drills, Limit: c.Limit, Per: c.Per}
	for _, level := range []string{c.Least, c.Quiet.Unless} {
		if level != "" && !slices.Contains(alert.Levels, level) {
			return nil, fmt.Errorf("%q is none of %s", level, strings.Join(alert.Levels, ", "))
		}
	}
	var err error
	if w.Quiet, err = c.quiet(); err != nil {
		return nil, err
	}
	w.Route, err = n.route(ctx, c)
	return w, err
}

func (c *routeConfig) quiet() (q notify.Quiet, err error) {
	if c.Quiet.From == "" && c.Quiet.To == "" {
		return q, nil
	}
	for _, t := range []struct {
		text string
		to   *int
	}{{c.Quiet.From, &q.From}, {c.Quiet.To, &q.To}} {
		at, err := time.Parse("15:04", t.text)
		if err != nil {
			return q, fmt.Errorf("quiet: %q is no time of day: write 22:00", t.text)
		}
		*t.to = at.Hour()*60 + at.Minute()
	}
	q.Unless = c.Quiet.Unless
	if q.Zone, err = time.LoadLocation(c.Quiet.Zone); err != nil {
		return q, fmt.Errorf("quiet: %q is no time zone", c.Quiet.Zone)
	}
	return q, nil
}

// secret reads a file of the data folder, or elsewhere.
func (n *node) secret(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	if !filepath.IsAbs(path) {
		path = n.path(path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	return string(bytes.TrimRight(b, "\r\n")), nil
}

func (n *node) route(ctx context.Context, c *routeConfig) (route.Route, error) {
	secret, err := n.secret(c.SecretFile)
	if err != nil {
		return nil, err
	}
	to := c.URL
	if c.URLFile != "" {
		if to, err = n.secret(c.URLFile); err != nil {
			return nil, err
		}
	}
	needs := map[string][]string{
		"webhook": {to}, "slack": {to}, "pagerduty": {secret}, "template": {to, c.Body}, "email": {c.Addr, c.From, strings.Join(c.To, "")},
		"syslog": {c.Addr}, "sns": {c.Topic}, "sqs": {c.Queue},
	}
	need, known := needs[c.Type]
	if !known {
		return nil, fmt.Errorf("type %q is none of webhook, slack, pagerduty, email, sns, sqs, template, syslog", c.Type)
	}
	if slices.Contains(need, "") {
		return nil, fmt.Errorf("a %s route needs more: see docs/detection.md", c.Type)
	}
	if u, err := url.Parse(to); to != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		return nil, fmt.Errorf("url is no http address")
	}
	client := route.NewClient(c.Networks)
	switch c.Type {
	case "webhook":
		return &route.Webhook{Client: client, URL: to, Secret: []byte(secret), OCSF: c.OCSF}, nil
	case "slack":
		return &route.Slack{Client: client, URL: to}, nil
	case "pagerduty":
		if to == "" {
			to = route.PagerDutyURL
		}
		return &route.PagerDuty{Client: client, URL: to, Key: secret}, nil
	case "template":
		return route.NewTemplate(client, c.Method, to, c.Header, c.Body, secret)
	case "email":
		return &route.Email{Addr: c.Addr, User: c.User, Password: secret, From: c.From, To: c.To, Plain: c.Plain}, nil
	case "syslog":
		if c.Network == "" {
			c.Network = "tls"
		}
		if !slices.Contains([]string{"tcp", "tls", "udp"}, c.Network) {
			return nil, fmt.Errorf("network %q is none of tcp, tls, udp", c.Network)
		}
		host, _ := os.Hostname()
		if host == "" {
			host = "-"
		}
		return &route.Syslog{Network: c.Network, Addr: c.Addr, Host: host}, nil
	}
	own := c.AWS.or(n.cfg.AWS)
	conf, err := own.load(ctx)
	if err != nil {
		return nil, err
	}
	if c.Type == "sqs" {
		return &route.SQS{Client: own.sqs(conf), Queue: c.Queue, OCSF: c.OCSF}, nil
	}
	topics := sns.NewFromConfig(conf, func(o *sns.Options) { o.BaseEndpoint = own.endpoint("sns", o.BaseEndpoint) })
	return &route.SNS{Client: topics, Topic: c.Topic, OCSF: c.OCSF}, nil
}
