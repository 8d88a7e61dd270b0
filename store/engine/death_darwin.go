package engine

// dieWithParent does nothing here: macOS has no parent-death signal, and the
// end of stdin tells the same a little later.
func dieWithParent() error { return nil }
