package route

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"text/template"
)

// Template sends what a template makes of the notice: for OpsGenie, Jira and others
// that have an HTTP API. Templates are Go's text/template over a Notice; {{json .X}}
// writes a value as JSON, {{secret}} the secret.
type Template struct {
	client *Client
	method string
	url    *template.Template
	header map[string]*template.Template
	body   *template.Template
}

// NewTemplate reads the templates.
func NewTemplate(c *Client, method, url string, header map[string]string, body, secret string) (*Template, error) {
	funcs := template.FuncMap{
		"json": func(v any) (string, error) {
			b, err := json.Marshal(v)
			return string(b), err
		},
		"secret": func() string { return secret },
	}
	if method == "" {
		method = http.MethodPost
	}
	t := &Template{client: c, method: method, header: map[string]*template.Template{}}
	for name, text := range header {
		h, err := template.New("header").Funcs(funcs).Option("missingkey=error").Parse(text)
		if err != nil {
			return nil, fmt.Errorf("header %s: %w", name, err)
		}
		t.header[name] = h
	}
	var err error
	if t.url, err = template.New("url").Funcs(funcs).Parse(url); err != nil {
		return nil, err
	}
	if t.body, err = template.New("body").Funcs(funcs).Option("missingkey=error").Parse(body); err != nil {
		return nil, err
	}
	return t, t.body.Execute(new(bytes.Buffer), &Notice{}) // a template that cannot run is told at once
}

// Send implements Route.
func (t *Template) Send(ctx context.Context, n *Notice) error {
	var url, body bytes.Buffer
	h := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {n.ID}}
	err := t.url.Execute(&url, n)
	if err == nil {
		err = t.body.Execute(&body, n)
	}
	for name, v := range t.header {
		var text strings.Builder
		if err == nil {
			err = v.Execute(&text, n)
		}
		h.Set(name, text.String())
	}
	if err != nil {
		return &Error{"template", true}
	}
	return t.client.Post(ctx, t.method, url.String(), h, body.Bytes())
}
