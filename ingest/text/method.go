package text

// Method returns an HTTP method's name and its number in OCSF's class HTTP
// Activity (4002); "" and 0 if b is none.
func Method(b []byte) (name string, activity uint64) {
	switch string(b) {
	case "CONNECT":
		return "CONNECT", 1
	case "DELETE":
		return "DELETE", 2
	case "GET":
		return "GET", 3
	case "HEAD":
		return "HEAD", 4
	case "OPTIONS":
		return "OPTIONS", 5
	case "POST":
		return "POST", 6
	case "PUT":
		return "PUT", 7
	case "TRACE":
		return "TRACE", 8
	case "PATCH":
		return "PATCH", 9
	case "PROPFIND":
		return "PROPFIND", 99
	case "REPORT":
		return "REPORT", 99
	case "SEARCH":
		return "SEARCH", 99
	}
	return "", 0
}
