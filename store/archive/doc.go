// Package archive keeps batches as objects that are never changed, and proves
// it. The archive is the truth of the product: what ClickHouse holds, and where
// a payload's reading resumes, can be derived from it.
//
// Words: an object is one batch as a Parquet file, named by its payload and the
// number of its first record. The objects of a payload form its chain: each
// starts where the one before ends. The seal log lists the sealed objects in
// the order of sealing; its entries are chained by hash and its head is signed.
// An object is sealed when the signed head covers its entry. Sealing may come
// later than storing; Open seals what a killed process left.
//
// FORMAT.md says what the bytes mean, for those who read an archive without
// this package.
package archive
