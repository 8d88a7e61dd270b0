package engine

// ChildPID is the id of the child's process.
func (e *Engine) ChildPID() int { return e.child.cmd.Process.Pid }

var (
	ParseLogLine = parseLogLine
	ForwardLog   = forwardLog
	Alive        = alive
)
