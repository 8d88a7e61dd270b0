package web_test

import (
	"context"
	"flag"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/audit/audittest"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/store/clickhouse"
)

var shots = flag.String("shots", "", "write screenshots of the page to this folder")

// end is when the week of rows ends; the same on every run.
var end = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

// serve starts the real server over a week of rows, changed by each of more, and
// returns a login link.
func serve(t *testing.T, more ...func(*clickhouse.Store, *api.Options)) string {
	t.Helper()
	store := querytest.Open(t)
	querytest.Week(t, store, end)
	return serveOver(t, store, more...)
}

// serveOver serves the rows of a store.
func serveOver(t *testing.T, store *clickhouse.Store, more ...func(*clickhouse.Store, *api.Options)) string {
	t.Helper()
	alerts := book.New(store.Conn(), querytest.Tenant, clickhouse.Redact)
	plant(t, alerts)
	o := api.Options{
		Alerts: alerts, Reports: desk(t),
		Service: query.New(store.Conn(), query.Options{Tenant: querytest.Tenant, Tokens: querytest.Tokens{}}),
		Token:   "a-token-for-the-test-only", Tokens: querytest.Tokens{}, Registry: prometheus.NewRegistry(), Log: zerolog.Nop(),
		Now: func() time.Time { return end }, Queries: 8, Audit: &audittest.Log{},
	}
	for _, f := range more {
		f(store, &o)
	}
	s, err := api.New(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := api.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func(l net.Listener) { done <- s.Serve(ctx, l) }(l)
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s.LoginURL(l.Addr().String())
}

// browser starts a headless Chromium with an empty profile.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Fatal("the page's test needs Chromium: install it with apt-get install -y chromium")
	}
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1366, 768), chromedp.NoFirstRun, chromedp.Headless,
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", false),
		chromedp.Flag("force-prefers-reduced-motion", true), // colours are measured, not on their way
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stopTab := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser to be gone, so that its folder can go
		stopTab()
		stopAlloc()
	})
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1366, 768), chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	limited, stop := context.WithTimeout(ctx, 8*time.Minute)
	t.Cleanup(stop)
	return limited
}

func run(t *testing.T, ctx context.Context, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// shot writes a screenshot if -shots says where to.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if *shots == "" {
		return
	}
	run(t, ctx, "screenshot", chromedp.Sleep(150*time.Millisecond))
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// wait polls until an expression is true on the page.
func wait(expr string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Poll[bool](expr, chromedp.WithPollingInterval(30*time.Millisecond), chromedp.WithPollingTimeout(time.Minute))(ctx, target)
		return chromedp.Void{}, err
	}
}

// press sends a key as a keyboard does: one event that types its text unless the
// page takes it. (KeyEvent types the text in any case.)
func press(key rune) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		for _, k := range kb.Encode(key) {
			if k.Type == kb.KeyChar {
				continue
			}
			if k.Type == kb.KeyDown {
				k.Text = string(key)
			}
			if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, *k); err != nil {
				return chromedp.Void{}, err
			}
		}
		return chromedp.Void{}, nil
	}
}

// idle waits until the page shows an answer.
func idle() chromedp.Action[chromedp.Void] {
	return wait(`document.querySelector("#when")?.textContent && document.body.dataset.shown === location.search`)
}

// js evaluates an expression on the page.
func js[T any](t *testing.T, ctx context.Context, expr string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expr))
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return v
}

func eval(expr string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[bool]("("+expr+", true)")(ctx, target)
		return chromedp.Void{}, err
	}
}

func TestScreenshots(t *testing.T) {
	if *shots == "" {
		t.Skip("screenshots are taken with -shots FOLDER")
	}
	link := serve(t)
	ctx := browser(t)
	run(t, ctx, "log in", chromedp.Navigate(link), idle())
	base, _, _ := strings.Cut(link, "/?")
	closed := eval(`document.querySelector("dialog[open]").close()`)
	for _, theme := range []string{"light", "dark"} {
		run(t, ctx, "home", eval(`localStorage.setItem("theme", "`+theme+`")`), chromedp.Navigate(base), idle())
		shot(t, ctx, theme+"-1-events")
		run(t, ctx, "drawer", chromedp.Navigate(base+"/?q=action%3AGetObject"), idle(), chromedp.KeyEvent("jjo"))
		shot(t, ctx, theme+"-2-drawer")
		run(t, ctx, "access", chromedp.Navigate(base+"/?view=access&subject=phi-bucket%2F*"), idle())
		shot(t, ctx, theme+"-3-access")
		run(t, ctx, "sources", chromedp.KeyEvent("3"), chromedp.Sleep(200*time.Millisecond), idle())
		shot(t, ctx, theme+"-4-sources")
		run(t, ctx, "error", chromedp.Navigate(base+"/?q=actor%3Aalice+acion%3AGetObject"), idle())
		shot(t, ctx, theme+"-5-error")
		run(t, ctx, "help", chromedp.KeyEvent("?"))
		shot(t, ctx, theme+"-6-help")
		run(t, ctx, "time", closed, chromedp.KeyEvent("d"))
		shot(t, ctx, theme+"-7-time")
		run(t, ctx, "complete", closed, chromedp.Navigate(base+"/?q=kind%3Atombstone"), idle(),
			chromedp.Focus("#q"), eval(`document.querySelector("#q").value = ""`), chromedp.SendKeys("#q", "ac"))
		shot(t, ctx, theme+"-8-complete")
	}
}
