// Package demo makes a week of logs of a hospital that does not exist, in five
// formats, with patient data where real logs leak it. The same seed gives the
// same bytes, so what is in it can be asserted.
package demo

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Start is the first instant of the week.
var Start = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

const (
	Days     = 7 // of the week
	account  = "210987654321"
	region   = "us-east-1"
	bucket   = "northfield-phi"
	Snooper  = "dvarga"      // opens one patient's record night after night
	Target   = "MRN-0048213" // that patient
	Intruder = "198.51.100.77"
	patients = 240
)

type patient struct {
	mrn, first, last, dob, ssn, phone, email, street, zip, mbi, card string
	session, ip                                                      string
}

type hospital struct {
	r        *rand.Rand
	patients []patient
}

var (
	given  = []string{"Ada", "Bruno", "Celia", "Dmitri", "Elena", "Farid", "Greta", "Hugo", "Imani", "Jonas", "Keiko", "Lucia", "Mateo", "Nadia", "Oscar", "Priya", "Quinn", "Rosa", "Samir", "Tomas", "Uma", "Viktor", "Wanda", "Ximena", "Yusuf", "Zelda"}
	family = []string{"Abernathy", "Barlow", "Castellanos", "Dunmore", "Eastwick", "Fairbanks", "Galloway", "Hollister", "Ivanova", "Jankowski", "Kowalczyk", "Lindqvist", "Marchetti", "Nakamura", "Oyelaran", "Pemberton", "Quintana", "Rosenthal", "Saldanha", "Thackeray", "Underhill", "Vasquez", "Whitcombe", "Yamamoto", "Zielinski"}
	roads  = []string{"Maple Street", "Old Mill Road", "Harbor Avenue", "Chestnut Lane", "Prospect Drive", "Kingfisher Court"}
	staff  = []string{"aokafor", "lfischer", "mreyes", "tsingh", "hmoreau", "jpark", "egrant", Snooper}
	agents = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.3 Mobile/15E148 Safari/604.1",
		"NorthfieldPatientApp/4.2.1 (Android 16)",
	}
)

func newHospital(seed uint64) *hospital {
	h := &hospital{r: rand.New(rand.NewPCG(seed, 0x5c7b))}
	for i := range patients {
		p := patient{
			mrn:   fmt.Sprintf("MRN-%07d", 40000+h.r.IntN(50000)),
			first: given[h.r.IntN(len(given))], last: family[h.r.IntN(len(family))],
			dob:    fmt.Sprintf("%d-%02d-%02d", 1934+h.r.IntN(85), 1+h.r.IntN(12), 1+h.r.IntN(28)),
			ssn:    fmt.Sprintf("%03d-%02d-%04d", 100+h.r.IntN(560), 1+h.r.IntN(98), 1+h.r.IntN(9998)),
			phone:  fmt.Sprintf("(%d%02d) 555-%04d", 3+h.r.IntN(6), 20+h.r.IntN(70), h.r.IntN(10000)),
			street: fmt.Sprintf("%d %s", 10+h.r.IntN(980), roads[h.r.IntN(len(roads))]),
			zip:    fmt.Sprintf("%05d", 10001+h.r.IntN(89000)),
			mbi:    h.mbi(),
			card:   h.card(),
			ip:     fmt.Sprintf("203.0.113.%d", 1+h.r.IntN(250)),
		}
		p.email = fmt.Sprintf("%s.%s%d@mailbox.example", lower(p.first), lower(p.last), h.r.IntN(90))
		p.session = h.hex(32)
		if i == 7 {
			p.mrn = Target
		}
		h.patients = append(h.patients, p)
	}
	return h
}

func lower(s string) string { return string(s[0]|0x20) + s[1:] }

func (h *hospital) hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[h.r.IntN(16)]
	}
	return string(b)
}

// mbi makes a Medicare beneficiary identifier of the documented shape.
func (h *hospital) mbi() string {
	const letters, both = "ACDEFGHJKMNPQRTUVWXY", "0123456789ACDEFGHJKMNPQRTUVWXY"
	l := func(s string) string { return string(s[h.r.IntN(len(s))]) }
	d := func() string { return fmt.Sprint(h.r.IntN(10)) }
	return fmt.Sprint(1+h.r.IntN(9)) + l(letters) + l(both) + d() + l(letters) + l(both) + d() + l(letters) + l(letters) + d() + d()
}

// card makes a payment card number with its check digit.
func (h *hospital) card() string {
	d := []int{4}
	for len(d) < 15 {
		d = append(d, h.r.IntN(10))
	}
	sum := 0
	for i, v := range d {
		if i%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	d = append(d, (10-sum%10)%10)
	s := ""
	for i, v := range d {
		if i > 0 && i%4 == 0 {
			s += "-"
		}
		s += fmt.Sprint(v)
	}
	return s
}

func (h *hospital) patient() *patient { return &h.patients[h.r.IntN(len(h.patients))] }

func (h *hospital) one(s []string) string { return s[h.r.IntN(len(s))] }

// when returns a moment of an hour of the week, busier by day than by night:
// ok is false if nothing happens then.
func (h *hospital) when(hour int) (time.Time, bool) {
	if day := hour % 24; (day < 7 || day > 20) && h.r.IntN(5) > 0 {
		return time.Time{}, false
	}
	return Start.Add(time.Duration(hour)*time.Hour + time.Duration(h.r.IntN(3600_000_000))*time.Microsecond), true
}
