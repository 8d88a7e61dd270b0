// Package querytest gives the tests of query, its API and its page a real
// ClickHouse with rows in it: few by hand, or a week of a fictional hospital.
//
// A test binary that uses it needs
//
//	func TestMain(m *testing.M) { enginetest.Main(m) }
package querytest
