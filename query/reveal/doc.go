// Package reveal lets somebody see a record that lies in quarantine when another
// person agrees: a request with its reason by one, an approval by another, for a few
// records, for a time.
//
// A request names tombstones and says why. It waits a day at most. Who approves must
// be another person: somebody who logged in at the identity provider, or a service
// token whose owner there is known, and never a token on both sides. From then on the
// asker, nobody else, may open each of the records a few times until the time is over
// or somebody ends it.
//
// What is kept of a request lies in a folder, a file each; no byte of a record is ever
// in one. Raw bytes are decrypted for one answer, in memory, and cleared after it.
// Whoever calls Open must put on record who sees what before the bytes leave.
package reveal
