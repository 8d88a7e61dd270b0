package recognizer

// Ordinary says that every word of w is an ordinary English one: names such as
// Mark Long are that too, and need more than their letters to be taken for one.
func Ordinary(w []byte) bool { return allOrdinary(w) }
