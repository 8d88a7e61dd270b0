package engine

import (
	"bytes"
	"io"

	"github.com/rs/zerolog"
)

// reasonPrefix starts the one line of stderr that is the child's own and not
// ClickHouse's: why it could not start. It holds no row and no query, since it
// is only written before the engine listens.
const reasonPrefix = "scrubline-engine: "

// forwardLog reads the child's stderr until it ends. Of ClickHouse's lines it
// passes on the level, the component and the error code, never the text: an
// error's text may quote the query or the row it is about. It returns the
// reason the child itself gave for ending, if it gave one.
func forwardLog(r io.Reader, log zerolog.Logger) (reason string) {
	lines(r, func(line []byte) {
		if own, ok := bytes.CutPrefix(line, []byte(reasonPrefix)); ok {
			reason = string(own)
			return
		}
		level, component, code, ok := parseLogLine(line)
		if !ok || level < zerolog.WarnLevel {
			return
		}
		if quiet[component] || code == brokenOff {
			level = zerolog.DebugLevel
		}
		ev := log.WithLevel(level).Str("component", component)
		if code != 0 {
			ev = ev.Int("code", code)
		}
		ev.Msg("engine")
	})
	return reason
}

// parseLogLine takes apart a line like
//
//	2026.11.22 17:12:01.264 [ 19061 ] {query} <Error> TCPHandler: Code: 700. …
//
// code is 0 when the line names none. Lines of another shape (stack traces,
// the rest of a text with line breaks) are not ok.
func parseLogLine(line []byte) (level zerolog.Level, component string, code int, ok bool) {
	// The head has a fixed shape up to the query's id, which is checked so
	// that a line out of a quoted text can't pass for one of the engine's.
	if len(line) < 30 || line[4] != '.' || line[7] != '.' || line[13] != ':' {
		return 0, "", 0, false
	}
	_, rest, found := bytes.Cut(line, []byte("} <"))
	if !found {
		return 0, "", 0, false
	}
	name, rest, found := bytes.Cut(rest, []byte("> "))
	if !found {
		return 0, "", 0, false
	}
	level, ok = levels[string(name)]
	if !ok {
		return 0, "", 0, false
	}
	head, text, _ := bytes.Cut(rest, []byte(":"))
	return level, knownComponent(head), errorCode(text), true
}

var levels = map[string]zerolog.Level{
	"Fatal":       zerolog.ErrorLevel, // ours would end the process
	"Critical":    zerolog.ErrorLevel,
	"Error":       zerolog.ErrorLevel,
	"Warning":     zerolog.WarnLevel,
	"Notice":      zerolog.InfoLevel,
	"Information": zerolog.InfoLevel,
	"Debug":       zerolog.DebugLevel,
	"Trace":       zerolog.TraceLevel,
	"Test":        zerolog.TraceLevel,
}

// components are the parts of the engine that we name. It is a fixed list
// because a query or an error may hold a line break and then what looks like a
// line of this log: nothing of it must get through.
var components = map[string]bool{
	"Access": true, "Application": true, "AsyncLoader": true, "BackgroundSchedulePool": true,
	"CertificateReloader": true, "ClientBase": true, "ConfigProcessor": true, "Context": true,
	"DatabaseAtomic": true, "DatabaseCatalog": true, "DatabaseOnDisk": true, "DiskLocal": true,
	"MemoryTracker": true, "MemoryWorker": true, "MergeTask": true, "MergeTreeBackgroundExecutor": true,
	"MutatePlainMergeTreeTask": true, "MergePlainMergeTreeTask": true, "ServerErrorHandler": true,
	"StatusFile": true, "TCPHandler": true, "TCPHandlerFactory": true, "executeQuery": true,
}

// quiet are the components whose complaints reach somebody else as well: a failed
// query is an error in the client's hands, and a busy machine delays the pool's
// tasks at no harm.
var quiet = map[string]bool{"executeQuery": true, "TCPHandler": true, "BackgroundSchedulePool": true}

// brokenOff is the code of a connection that its client ended, as we do with the rest of
// an answer that nobody reads on.
const brokenOff = 210 // NETWORK_ERROR

// knownComponent returns the component that head, "Name" or "Name (of what)",
// starts with, or "other".
func knownComponent(head []byte) string {
	end := bytes.IndexFunc(head, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
	if end >= 0 {
		head = head[:end]
	}
	if components[string(head)] {
		return string(head)
	}
	return "other"
}

// errorCode finds the number after the first "Code: ".
func errorCode(text []byte) (code int) {
	_, rest, found := bytes.Cut(text, []byte("Code: "))
	if !found {
		return 0
	}
	for i := 0; i < len(rest) && i < 6 && rest[i] >= '0' && rest[i] <= '9'; i++ {
		code = code*10 + int(rest[i]-'0')
	}
	return code
}
