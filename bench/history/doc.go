// Package history makes a year of events of a fictional hospital inside ClickHouse,
// as many as one asks for, to measure questions on. The server makes the rows
// itself, with random numbers that are hashes of the row's number, so that the same
// rows come out each time; they never were records and prove nothing but speed.
//
// Of each hundred events 50 are requests to a load balancer, 25 are CloudTrail's, 20
// an application's and 5 a firewall's. People, things and patients are met as
// in life: few of them often. For 100 million events they are 20,000 users of AWS,
// 8,000 of the application, 2 million objects and 500,000 patients.
package history
