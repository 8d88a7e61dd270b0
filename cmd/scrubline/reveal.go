package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

type revealCmd struct {
	Ask     revealAsk     `cmd:"" help:"Ask to see records, each named BATCH#NUMBER as its tombstone's row is."`
	List    revealList    `cmd:"" help:"List requests."`
	Approve revealApprove `cmd:"" help:"Let the other person see the records of a request. Never your own."`
	End     revealEnd     `cmd:"" help:"Refuse, withdraw or end a request."`
	Open    revealOpen    `cmd:"" help:"Print one record of a request that was approved. It is raw: treat it as PHI."`
}

// caller asks the API of a server that runs.
type caller struct {
	Server    string `help:"Its address (default: that of the configuration)." placeholder:"URL"`
	TokenFile string `help:"File with a service token that has an owner." required:"" placeholder:"FILE"`
}

// mostAnswered is the longest answer that is read: a record's limit in base64, and more.
const mostAnswered = 1 << 31

// call sends a request and returns the body of the answer. Errors tell the problem's detail, which never
// has a record's text.
func (c *caller) call(ctx context.Context, g *globals, method, path string, body any) ([]byte, error) {
	cfg, err := g.load()
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(c.TokenFile)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("reading the token: %w", err)}
	}
	base := cmp.Or(c.Server, cfg.Identity.URL, "http://"+cfg.Listen)
	var send bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&send).Encode(body); err != nil {
			return nil, fmt.Errorf("encoding the request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(base, "/")+path, &send)
	if err != nil {
		return nil, &exitError{exitUsage, errors.New("--server is no address")}
	}
	req.Header.Set("Authorization", "Bearer "+string(bytes.TrimSpace(token)))
	client := http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking the server: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswered))
	if err != nil {
		return nil, errors.New("the server's answer broke off")
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		var problem struct{ Detail string }
		_ = json.Unmarshal(answer, &problem) // "" is told as it is
		return nil, fmt.Errorf("the server says %d: %s", resp.StatusCode, problem.Detail)
	}
	return answer, nil
}

// print is call, whose answer is printed.
func (c *caller) print(ctx context.Context, g *globals, method, path string, body any) error {
	answer, err := c.call(ctx, g, method, path, body)
	if err == nil {
		_, err = os.Stdout.Write(answer)
	}
	return err
}

type revealAsk struct {
	caller
	Reason  string   `help:"Why: it stands on record. Name no patient." required:"" placeholder:"TEXT"`
	Minutes int      `help:"How long they may be seen once it is approved, 1 to 480." default:"30"`
	Records []string `arg:"" help:"BATCH#NUMBER of tombstones, ten at most."`
}

func (c *revealAsk) Run(ctx context.Context, g *globals) error {
	type record struct {
		Batch  string `json:"batch"`
		Record uint64 `json:"record_no"`
	}
	var records []record
	for _, text := range c.Records {
		at := strings.LastIndexByte(text, '#')
		n, err := strconv.ParseUint(text[at+1:], 10, 64)
		if at < 0 || err != nil {
			return &exitError{exitUsage, errors.New("records are named BATCH#NUMBER")}
		}
		records = append(records, record{text[:at], n})
	}
	return c.print(ctx, g, http.MethodPost, "/v1/reveals", struct {
		Records []record `json:"records"`
		Reason  string   `json:"reason"`
		Minutes int      `json:"minutes"`
	}{records, c.Reason, c.Minutes})
}

type revealList struct{ caller }

func (c *revealList) Run(ctx context.Context, g *globals) error {
	return c.print(ctx, g, http.MethodGet, "/v1/reveals", nil)
}

// revealOne is about one request.
type revealOne struct {
	caller
	ID string `arg:"" help:"Of the request."`
}

func (c *revealOne) path() string { return "/v1/reveals/" + url.PathEscape(c.ID) }

type revealApprove struct{ revealOne }

func (c *revealApprove) Run(ctx context.Context, g *globals) error {
	return c.print(ctx, g, http.MethodPost, c.path()+"/approve", nil)
}

type revealEnd struct{ revealOne }

func (c *revealEnd) Run(ctx context.Context, g *globals) error {
	return c.print(ctx, g, http.MethodDelete, c.path(), nil)
}

type revealOpen struct {
	revealOne
	Entry string `arg:"" help:"Id of the record in the quarantine, of those in the request."`
}

func (c *revealOpen) Run(ctx context.Context, g *globals) error {
	answer, err := c.call(ctx, g, http.MethodPost, c.path()+"/open", struct {
		Entry string `json:"entry"`
	}{c.Entry})
	if err != nil {
		return err
	}
	defer clear(answer)
	var shown struct {
		Cut bool
		Raw []byte
	}
	if json.Unmarshal(answer, &shown) != nil {
		return errors.New("the server's answer is not the one of a reveal")
	}
	defer clear(shown.Raw)
	if shown.Cut {
		fmt.Fprintln(os.Stderr, "only the start of the record is in the quarantine")
	}
	_, err = os.Stdout.Write(shown.Raw)
	return err
}
