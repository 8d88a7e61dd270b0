//go:build !noengine

package engine

import (
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/creack/pty"
	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"
)

// built says that this build can run the engine.
const built = true

// bootstrap is all that is ever run through the library itself. Data must
// never come this way: an INSERT's inline data ends at its first blank line
// and the rest is run as SQL. The endless SELECT sleeps three seconds a row
// and keeps the listener up.
const bootstrap = "SYSTEM START LISTEN TCP; SELECT sleepEachRow(3) FROM system.numbers FORMAT Null"

// RunChild is the child's main: args are library, data folder, port and the
// parent's pid. It returns the exit code. It ends the process when stdin ends,
// which happens when the parent closes it or dies.
func RunChild(args []string) int {
	if len(args) != 4 {
		return refuse(exitFailed, "this command is started by scrubline itself: engine child LIBRARY DIR PORT PID")
	}
	parent, err := strconv.Atoi(args[3])
	if err != nil {
		return refuse(exitFailed, "the parent's pid is not a number")
	}
	// The death signal belongs to the thread that asks for it.
	runtime.LockOSThread()
	if err := dieWithParent(); err != nil {
		return refuse(exitFailed, "asking for the parent's death signal: "+err.Error())
	}
	// The parent may have died before the request; then nobody will signal.
	if os.Getppid() != parent {
		return exitOrphan
	}
	// Ending is the parent's decision, also when a service manager signals
	// the whole group.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	var exit func(int32)
	purego.RegisterLibFunc(&exit, purego.RTLD_DEFAULT, "_exit")
	parentEnds, err := unix.Dup(0) // 0 becomes a terminal
	if err != nil {
		return refuse(exitFailed, "keeping stdin: "+err.Error())
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.NewFile(uintptr(parentEnds), "stdin"))
		// Parts of tables are whole on disk or absent, so nothing needs to be
		// wound up. _exit and not os.Exit, which in a binary built with -race
		// runs the library's destructors while its threads work: it aborts.
		exit(exitAsked)
	}()
	return serve(args[0], args[1], args[2])
}

// serve loads the library and blocks in it for as long as the engine lives.
func serve(library, dir, port string) int {
	lib, err := load(library)
	if err != nil {
		return refuse(exitFailed, "loading the engine's library: "+strings.ReplaceAll(err.Error(), "\n", " "))
	}
	// Otherwise the library replaces the Go runtime's signal handlers.
	lib.setSignalHandlers(0)
	defer giveTerminal()()
	started := time.Now()
	text := lib.run([]string{
		"clickhouse",
		"--interactive", // after the query, which never ends
		"--progress=off",
		"--config-file=" + filepath.Join(dir, configFile),
		"--path=" + filepath.Join(dir, dataDir),
		"--listen_host=127.0.0.1",
		"--tcp_port=" + port,
		"--query", bootstrap,
	})
	if strings.Contains(text, "Address already in use") {
		return refuse(exitPort, "the port was taken by another process")
	}
	// A text that comes later than any start-up takes may be about data.
	if time.Since(started) > openDeadline {
		text = code(text)
	}
	return refuse(exitFailed, "the engine stopped: "+firstLine(text))
}

func code(text string) string {
	return "code " + strconv.Itoa(errorCode([]byte(text)))
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if line == "" {
		return "no reason given"
	}
	return line
}

// giveTerminal makes stdin a terminal that nobody uses, until the function it returns
// is called. A program that is not interactive, says the library, ends on an error that
// nobody handles, and such is each client that dies in its greeting, names no known
// user or speaks something else; interactive is who has a terminal. Where there are
// none to be had the engine ends of such clients, and its parent starts another.
func giveTerminal() (done func()) {
	screen, terminal, err := pty.Open()
	if err != nil {
		return func() {}
	}
	_ = unix.Dup2(int(terminal.Fd()), 0)
	return func() { _, _ = screen.Close(), terminal.Close() }
}

// library is the part of libchdb's C API that we use.
type library struct {
	setSignalHandlers func(enabled int32)
	queryCmdline      func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	resultError       func(result unsafe.Pointer) unsafe.Pointer
}

// load opens the library and finds its functions.
func load(path string) (*library, error) {
	h, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, err
	}
	lib := &library{}
	for _, f := range []struct {
		name string
		ptr  any
	}{
		{"chdb_set_signal_handlers_enabled", &lib.setSignalHandlers},
		{"chdb_query_cmdline", &lib.queryCmdline},
		{"chdb_result_error", &lib.resultError},
	} {
		sym, err := purego.Dlsym(h, f.name)
		if err != nil {
			return nil, err
		}
		purego.RegisterFunc(f.ptr, sym)
	}
	return lib, nil
}

// run calls the library's command line and returns its error text, if any.
func (l *library) run(args []string) string {
	var pin runtime.Pinner
	defer pin.Unpin()
	argv := make([]unsafe.Pointer, len(args)+1) // the last is NULL
	for i, a := range args {
		b := append([]byte(a), 0)
		pin.Pin(&b[0])
		argv[i] = unsafe.Pointer(&b[0])
	}
	pin.Pin(&argv[0])
	result := l.queryCmdline(int32(len(args)), unsafe.Pointer(&argv[0]))
	if result == nil {
		return ""
	}
	return goString(l.resultError(result))
}

// goString copies a C string.
func goString(p unsafe.Pointer) string {
	if p == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(p, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(p), n))
}
