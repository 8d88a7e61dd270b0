// Package leaktest plants fictional patients in logs and looks for them in
// whatever came out of the program.
//
// A planting is one value of one identity, in one encoding, in one record of a
// log. A Search knows every value that was planted. It reads bytes the way
// somebody who wants to find patients in them would: it undoes escapes, percent
// signs, references and base64, again and again, and looks for the values
// whatever their case and whatever stands between their parts.
package leaktest
