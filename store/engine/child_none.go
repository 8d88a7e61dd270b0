//go:build noengine

package engine

// built says that this build can run the engine. This one is linked statically, so
// that it runs where there is no C library, and so cannot load one.
const built = false

// RunChild refuses.
func RunChild([]string) int { return refuse(exitFailed, errBuilt.Error()) }
