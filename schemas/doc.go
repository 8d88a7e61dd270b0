// Package schemas is the product's data: the columns of the two tables, the
// fields of every log source with their treatments, the ClickHouse migrations
// and the OpenAPI document. It holds no logic beyond reading itself, imports
// nothing of the project and is imported by everything.
//
// Words: a field is one place in a raw record (a JSON path, a position in a
// text line); its treatment says what may leave the scrubber; a column is where
// the scrubbed value lands.
package schemas
