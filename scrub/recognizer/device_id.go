package recognizer

import "github.com/scrubline/scrubline/schemas"

// Device identifiers and serial numbers (M). MAC addresses and serials of the
// infrastructure look the same, so a key is needed; a UDI tells itself by its
// application identifiers (01)…(21) (21 CFR 801.40, GS1).
var device = Recognizer{
	Name: "device_id", Letter: 'M', Treat: schemas.Label,
	Keys: []string{"device id", "deviceid", "device serial", "device serial number", "device identifier", "deviceserial", "serial number", "serialnumber", "serial no", "imei", "meid", "udi", "implant serial", "pump serial", "pacemaker serial", "cgm serial", "sensor serial", "device", "udid", "idfa", "advertising id", "android id", "implant id", "device sn", "device serial no", "wearable id", "deviceserialnumber", "pump sn", "udi di", "device udi", "iccid", "imsi", "sensor id", "transmitter id", "transmitter", "transmitter sn", "transmitter serial", "pacemaker sn", "pacemaker interrogation", "glucometer serial", "glucometer sn", "device mac", "bt mac", "bluetooth mac", "bluetooth address", "ble mac", "calling station id"},
	Value: func(b []byte, i int, _ bool) int {
		if e := udi(b, i); e > 0 {
			return e
		}
		if e := mac(b, i); e > 0 {
			return e
		}
		e := identifier(b, i, 2)
		if e == 0 && IsUpper(b[i]) { // of letters and one digit, DXZCEP0CZH
			if e = identifier(b, i, 1); e-i < 7 || e-i > 20 {
				return 0
			}
		}
		if e > 0 && version(b[i:e]) {
			return 0
		}
		if e > 3 && class[b[i]]&lower != 0 && b[e-2] == '-' || e > 4 && class[b[i]]&lower != 0 && b[e-3] == '-' {
			return 0 // sensor-18 is where something runs
		}
		return e
	},
}

// version says that w is a short word with a point, or numbers with points.
func version(w []byte) bool {
	points, others := 0, 0
	for _, c := range w {
		switch {
		case c == '.':
			points++
		case !IsDigit(c):
			others++
		}
	}
	return points > 0 && (len(w) < 6 || others == 0 && len(w) < 16)
}

func mac(b []byte, i int) int {
	if i+17 > len(b) {
		return 0
	}
	for k := 0; k < 17; k++ {
		c := b[i+k]
		if k%3 == 2 {
			if c != ':' && c != '-' || c != b[i+2] {
				return 0
			}
		} else if !IsDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return 0
		}
	}
	return i + 17
}

// MACAt returns the end of the hardware address at b[i], or 0.
func MACAt(b []byte, i int) int { return mac(b, i) }

func udi(b []byte, i int) int {
	if i+18 > len(b) || b[i] != '(' || !exactly(b, i+1, 2) || b[i+3] != ')' {
		return 0
	}
	j := i
	for j < len(b) && j-i < 100 && (IsWord(b[j]) || b[j] == '(' || b[j] == ')' || b[j] == '-') {
		j++
	}
	return j
}

// UDIAt says that a device identifier with its application identifier (01) and
// 14 digits stands at b[i] (GS1 General Specifications, 3.2).
func UDIAt(b []byte, i int) bool {
	return i+18 <= len(b) && string(b[i:i+4]) == "(01)" && exactly(b, i+4, 14)
}
