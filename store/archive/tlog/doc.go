// Package tlog is the Merkle log under the archive: an RFC 6962 tree over lines
// of text, cut into tiles, with signed checkpoints, as C2SP's tlog-tiles,
// tlog-checkpoint, signed-note and tlog-cosignature describe
// (https://c2sp.org). It knows bytes and hashes only; package archive says what
// the lines mean and where tiles are stored.
//
// Words: a leaf is one line of the log. A tile holds up to 256 hashes of one
// level of the tree, or of level Entries up to 256 leaves; a partial tile is one
// whose width is below 256. A checkpoint is the tree's size and root, signed. A
// proof is the hashes that lead from a leaf to a root (inclusion), or from an
// older root to a newer one (consistency).
package tlog
