// Package canary plants fictional patients in logs and looks for them in whatever
// came out of the program.
//
// A planting is one value of one identity, in one encoding, in one record of a
// log. A Search knows every value that was planted. It reads bytes the way
// somebody who wants to find patients in them would: it undoes escapes, percent
// signs, references and base64, again and again, and looks for the values
// whatever their case and whatever stands between their parts.
//
// A Round is what a running node plants among its logs: payloads of their own,
// carried by the pipeline that carries everything else, whose rows and counts are
// like all others'. Their origin starts with Prefix, so that whoever asks about
// people can leave them out. What was stored of them is then looked through.
package canary
