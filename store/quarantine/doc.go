// Package quarantine keeps the bytes of records that became tombstones,
// encrypted to a key whose private half this host does not need, or by a key in a
// KMS (package scrub/seal), in append-only segment files of a folder (Store), or as
// objects beside an archive in a bucket (Bucket). Nothing in it is readable without
// that key but what the tombstone row says as well: payload id, record number,
// code, time and length. The origin is sealed too: object keys can hold names.
//
// # Promises
//
// An entry's id follows from payload id and record number, so the same record
// is kept once however often its payload is ingested, through kill -9 too: the
// index is read from the segments. What was Put before a Sync that returned nil
// survives a power cut or is stored; the pipeline calls Sync before it archives the batch.
// When the limit is reached only size and hash of further records are kept, Put
// says so, and the tombstones go on: nothing passes because the disk is full.
//
// # Format
//
// A segment is one file, <8 digits>-<yyyymmdd>.slq: its number and the day it
// was begun (UTC). It starts with the seal's header and holds one process's
// entries, because the data key is in memory only. Numbers are little-endian:
//
//	u16 length of the head
//	u32 length of the sealed part
//	u32 CRC-32C of head and sealed part
//	u32 CRC-32C of the ten bytes so far
//	head:   u8 flags (1 cut, 2 bytes not kept) · 16 id · u64 record number ·
//	        i64 Unix milliseconds · u64 length of the record · 32 hash ·
//	        u8 length, code · u8 length, payload id
//	sealed: of u16 length, origin · the record's bytes; the head is the
//	        associated data, so an entry cannot be passed off as another
//
// id is the first half of HMAC-SHA-256(key, "i" · u64 record number · payload
// id) and hash is HMAC-SHA-256(key, "r" · the record's bytes), where key is
// Options.Key. A later entry of the same id replaces an earlier one.
//
// The file replayed lists ids of entries whose records are events of the archive by
// now, a line each, in the order in which that came to be. Nothing is deleted: an
// entry is kept for as long as its tombstone.
//
// In a bucket the same segments are objects, quarantine/entries/<payload id>/<record
// number, 20 digits>.slq, with entries of one payload from that record on, stored once;
// several may have the same data key. Marks are objects quarantine/replayed/<SHA-256>
// of such lines. Of an entry that lies in two objects the first in the order of their
// names counts.
//
// A crash can leave an incomplete entry at the end of the last segment: it is
// cut off when the folder is next opened for writing. Damage anywhere else is
// counted and left as it is.
package quarantine
