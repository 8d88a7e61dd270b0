// Package text parses what log lines are made of: words, times, numbers,
// addresses.
//
// Its functions read bytes in place, allocate nothing and say with a bool
// whether the bytes were what they should be. They return no errors because
// the standard library's errors quote their input, and input here may be PHI.
// Times are Unix milliseconds, fractions cut off.
package text
