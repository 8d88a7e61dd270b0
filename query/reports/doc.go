// Package reports makes what auditors take home: reports over the stored rows,
// and the evidence pack, a signed ZIP file of all of them.
//
// Words: a definition says what a report asks, in which SQL, and what its columns
// mean; there is one file for each in definitions/. An input is a table that the
// data cannot hold (people of HR, care relations of the EHR, reviews that were
// done); it is read from a CSV file for one run, hashed, and stored nowhere. A
// check is a condition on a report's rows that anybody can recompute from its CSV
// file. The crosswalk sets the checks beside the rules (HIPAA, HITRUST): what has
// no check that ran is not tested, and says so.
//
// A pack rests on a checkpoint, the archive's signed statement of what is in it.
// All times in it come from the checkpoint, never from the clock, and rows that
// came in later are left out: the same checkpoint, period and inputs give the same
// bytes. Verify checks a pack with nothing but the archive's public key.
//
// What is known about the archive comes through the interface Archive, so that
// this package cannot read objects by itself.
package reports
