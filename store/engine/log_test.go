package engine_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/store/engine"
)

func TestParseLogLine(t *testing.T) {
	const head = "2026.11.22 17:12:01.264380 [ 19061 ] {} "
	f := func(line string, ok bool, level zerolog.Level, component string, code int) {
		t.Helper()
		l, c, n, k := engine.ParseLogLine([]byte(line))
		if k != ok || l != level || c != component || n != code {
			t.Errorf("%q: got %v %v %q %d", line, k, l, c, n)
		}
	}
	f(head+"<Error> TCPHandler: Code: 700. DB::Exception: x", true, zerolog.ErrorLevel, "TCPHandler", 700)
	f(head+"<Warning> Context: Linux is not tuned", true, zerolog.WarnLevel, "Context", 0)
	f(head+"<Error> DatabaseAtomic (default): Code: 1.", true, zerolog.ErrorLevel, "DatabaseAtomic", 1)
	f(head+"<Error> scrubline.events: Code: 999999999.", true, zerolog.ErrorLevel, "other", 999999)
	f(head+"<Fatal> JaneDoe", true, zerolog.ErrorLevel, "other", 0)
	f(head+"<Odd> Context: x", false, 0, "", 0)
	f("14. __clone3 @ 0x00000000001098ec", false, 0, "", 0)
	f("", false, 0, "", 0)
}

func TestForwardedLogHoldsNoText(t *testing.T) {
	in := strings.Join([]string{
		"2026.11.22 17:12:01.264380 [ 1 ] {q} <Error> executeQuery: Code: 62. Syntax error (in query: SELECT '078-05-1120')",
		"2026.11.22 17:12:01.264380 [ 1 ] {q} <Error> MRN123: 078-05-1120",
		"2026.11.22 17:12:01.264380 [ 1 ] {q} <Debug> executeQuery: SELECT '078-05-1120'",
		"078-05-1120 " + strings.Repeat("x", 10_000),
		"scrubline-engine: loading failed",
	}, "\n")
	var out bytes.Buffer
	reason := engine.ForwardLog(strings.NewReader(in), zerolog.New(&out))
	if reason != "loading failed" {
		t.Errorf("reason = %q", reason)
	}
	want := `{"level":"debug","component":"executeQuery","code":62,"message":"engine"}
{"level":"error","component":"other","message":"engine"}
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
