package text

import (
	"bytes"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestUint(t *testing.T) {
	f := func(in string, want uint64, ok bool) {
		t.Helper()
		if n, good := Uint([]byte(in)); good != ok || ok && n != want {
			t.Errorf("Uint(%q) = %d, %v", in, n, good)
		}
	}
	f("0", 0, true)
	f("0012", 12, true)
	f("18446744073709551615", 1<<64-1, true)
	f("18446744073709551616", 0, false)
	f("99999999999999999999", 0, false)
	f("000000000000000000001", 0, false)
	f("", 0, false)
	f("-", 0, false)
	f("-1", 0, false)
	f("1a", 0, false)
	f("1.0", 0, false)
}

func TestMicros(t *testing.T) {
	f := func(in string, want int64, ok bool) {
		t.Helper()
		if n, good := Micros([]byte(in)); good != ok || ok && n != want {
			t.Errorf("Micros(%q) = %d, %v", in, n, good)
		}
	}
	f("0.001", 1_000, true)
	f("1.5414835421835185", 1_541_483, true)
	f("-1", -1_000_000, true)
	f("12", 12_000_000, true)
	f("-0.5", -500_000, true)
	f("999999999999", 999_999_999_999_000_000, true)
	f("9999999999999", 0, false)
	f("", 0, false)
	f("-", 0, false)
	f("1.", 0, false)
	f(".5", 0, false)
	f("1.2.3", 0, false)
	f("1e3", 0, false)
}

func ms(t *testing.T, rfc3339 string) int64 {
	t.Helper()
	v, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixMilli()
}

func TestRFC3339(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got, ok := RFC3339([]byte(in))
		if ok != (want != "") || ok && got != ms(t, want) {
			t.Errorf("RFC3339(%q) = %d, %v", in, got, ok)
		}
	}
	f("2018-07-02T22:23:00.186641Z", "2018-07-02T22:23:00.186Z")
	f("2018-07-02T22:23:00Z", "2018-07-02T22:23:00Z")
	f("2018-07-02 22:23:00.5+0230", "2018-07-02T22:23:00.5+02:30")
	f("2018-07-02t22:23:00,25-08:00", "2018-07-02T22:23:00.25-08:00")
	f("2018-07-02T22:23:00.123456789123Z", "2018-07-02T22:23:00.123Z")
	f("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z")
	f("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z")
	f("2023-02-29T00:00:00Z", "")
	f("2100-02-29T00:00:00Z", "")
	f("2018-13-02T22:23:00Z", "")
	f("2018-07-02T24:23:00Z", "")
	f("2018-07-02T22:23:00", "")
	f("2018-07-02T22:23:00.Z", "")
	f("2018-07-02T22:23:00+25:00", "")
	f("2018-07-02T22:23:00Zjunk", "")
	f("1969-12-31T23:59:59Z", "")
	f("1970-01-01T00:00:00+01:00", "")
	f("", "")
}

func TestDateTimeWithoutZoneIsUTC(t *testing.T) {
	got, ok := DateTime([]byte("2018-12-20T02:59:40"))
	if want := ms(t, "2018-12-20T02:59:40Z"); !ok || got != want {
		t.Errorf("got %d, %v, want %d", got, ok, want)
	}
	if _, ok := DateTime([]byte("2018-12-20T02:59:40 junk")); ok {
		t.Error("text after the time was taken")
	}
}

func TestCLF(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got, ok := CLF([]byte(in))
		if ok != (want != "") || ok && got != ms(t, want) {
			t.Errorf("CLF(%q) = %d, %v", in, got, ok)
		}
	}
	f("10/Oct/2000:13:55:36 -0700", "2000-10-10T13:55:36-07:00")
	f("06/feb/2019:00:00:38 +0000", "2019-02-06T00:00:38Z")
	f("06/Foo/2019:00:00:38 +0000", "")
	f("31/Apr/2019:00:00:38 +0000", "")
	f("06/Feb/2019:00:00:38", "")
}

func TestRFC3164TakesTheYearBeforeTheLogWasWritten(t *testing.T) {
	f := func(in, ref, want string) {
		t.Helper()
		got, n, ok := RFC3164([]byte(in), time.UnixMilli(ms(t, ref)))
		if ok != (want != "") || ok && (got != ms(t, want) || n != 15) {
			t.Errorf("RFC3164(%q) = %d, %d, %v", in, got, n, ok)
		}
	}
	f("Oct 11 22:14:15 mymachine su:", "2024-10-12T00:00:00Z", "2024-10-11T22:14:15Z")
	f("Dec 31 23:59:59 x", "2025-01-01T00:00:10Z", "2024-12-31T23:59:59Z")
	f("Jan  1 00:00:05 x", "2024-12-31T23:59:59Z", "2025-01-01T00:00:05Z")
	f("Feb 29 12:00:00 x", "2026-06-01T00:00:00Z", "2024-02-29T12:00:00Z")
	f("Feb 30 12:00:00 x", "2026-06-01T00:00:00Z", "")
	f("Abc 10 12:00:00 x", "2026-06-01T00:00:00Z", "")
	f("Oct 11", "2026-06-01T00:00:00Z", "")
}

func TestEpoch(t *testing.T) {
	f := func(in string, want int64) {
		t.Helper()
		if got, ok := Epoch([]byte(in)); ok != (want != 0) || got != want {
			t.Errorf("Epoch(%q) = %d, %v", in, got, ok)
		}
	}
	f("1651646498", 1651646498000)
	f("1651646498.25", 1651646498250)
	f("1651646498123", 1651646498123)
	f("1651646498123456", 1651646498123)
	f("1651646498123456789", 1651646498123)
	f("20220504", 0)
	f("50000000000", 0)
	f("1651646498.", 0)
	f("1651646498123.5", 1651646498123)
	f("-1", 0)
	f("", 0)
}

func TestMonthsAreTheStandardLibrarys(t *testing.T) {
	for m := time.January; m <= time.December; m++ {
		s := m.String()
		if month(s[0], s[1], s[2]) != int(m) {
			t.Errorf("%s is month %d", s, month(s[0], s[1], s[2]))
		}
	}
}

func TestTimesAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64Range(0, 10_000_000_000_000).Draw(t, "ms")
		zone := time.FixedZone("", rapid.IntRange(-14*60, 14*60).Draw(t, "minutes")*60)
		at := time.UnixMilli(want).In(zone)
		if y := at.Year(); y < 1970 || y > 2299 {
			t.Skip()
		}
		if got, ok := RFC3339([]byte(at.Format("2006-01-02T15:04:05.000Z07:00"))); !ok || got != want {
			t.Errorf("RFC3339 of %s: %d, %v", at, got, ok)
		}
		if got, ok := CLF([]byte(at.Format("02/Jan/2006:15:04:05 -0700"))); !ok || got != want-want%1000 {
			t.Errorf("CLF of %s: %d, %v", at, got, ok)
		}
		if got, n, ok := RFC3164([]byte(at.UTC().Format(time.Stamp)), at); !ok || n != 15 || got != want-want%1000 {
			t.Errorf("RFC3164 of %s: %d, %v", at, got, ok)
		}
	})
}

func FuzzAddrAgreesWithNetip(f *testing.F) {
	for _, s := range []string{
		"1.2.3.4", "255.255.255.255", "256.1.1.1", "01.2.3.4", "1.2.3.4.5", "1.2.3", "0.0.0.0", "1..2.3",
		"::", "::1", "1::", "2001:db8::8a2e:370:7334", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::",
		"::ffff:10.0.0.1", "1:2:3:4:5:6:10.0.0.1", "::1:2:3:4:5:6:10.0.0.1", "fe80::1%eth0", "1:::2", "1::2::3", ":1", "1:",
		"12345::", "g::1", "X.X.X.X", "-", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := netip.ParseAddr(s)
		got, ok := Addr([]byte(s))
		if err != nil || want.Zone() != "" {
			if ok {
				t.Fatalf("%q was taken as %s", s, got)
			}
			return
		}
		if !ok || got != want {
			t.Fatalf("%q is %s, got %s, %v", s, want, got, ok)
		}
	})
}

func FuzzUintAgreesWithStrconv(f *testing.F) {
	f.Add("18446744073709551615")
	f.Fuzz(func(t *testing.T, s string) {
		want, err := strconv.ParseUint(s, 10, 64)
		got, ok := Uint([]byte(s))
		if len(s) > 20 { // zeros in front; no log has them
			return
		}
		if ok != (err == nil) || ok && got != want {
			t.Fatalf("Uint(%q) = %d, %v", s, got, ok)
		}
	})
}

func FuzzTimesStayInRange(f *testing.F) {
	f.Add([]byte("2018-07-02T22:23:00.186641Z"))
	f.Add([]byte("10/Oct/2000:13:55:36 -0700"))
	f.Add([]byte("1651646498123456"))
	ref := time.Unix(1_700_000_000, 0)
	f.Fuzz(func(t *testing.T, b []byte) {
		const end = 10_413_878_400_000 // 2300 and the widest offset
		for _, parse := range []func([]byte) (int64, bool){
			RFC3339, DateTime, CLF, Epoch,
			func(b []byte) (int64, bool) { ms, _, ok := RFC3164(b, ref); return ms, ok },
		} {
			if ms, ok := parse(b); ok && (ms < 0 || ms >= end) {
				t.Fatalf("%q gives %d", b, ms)
			}
		}
		_, _ = Micros(b)
	})
}

func TestWordEndStopsAtBlanksAndControls(t *testing.T) {
	f := func(in string, want int) {
		t.Helper()
		if got := WordEnd([]byte(in), 0); got != want {
			t.Errorf("WordEnd(%q) = %d, want %d", in, got, want)
		}
	}
	f("", 0)
	f("abc", 3)
	f("abc d", 3)
	f("abcdefgh ij", 8)
	f("abcdefghijklm\tn", 13)
	f("\xff\x80\xa0!\x00", 4)
	f("\x01\x20abcdef", 0)
}

func TestWordAndHex(t *testing.T) {
	f := func(in string, word, hex bool) {
		t.Helper()
		if w, h := Word([]byte(in)), Hex([]byte(in)); w != word || h != hex {
			t.Errorf("%q: word %v, hex %v", in, w, h)
		}
	}
	f("arn:aws:s3:::a-b_c/d.e", true, false)
	f("0aF9", true, true)
	f("a b", false, false)
	f("a@b", false, false)
	f("é", false, false)
}

func TestWordLooksAtEveryByte(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				b := bytes.Repeat([]byte("a"), length)
				b[at] = byte(c)
				if want := notWord[c] == 0; Word(b) != want {
					t.Fatalf("byte %#x at %d of %d: %v, want %v", c, at, length, !want, want)
				}
			}
		}
	}
}

func TestHostPort(t *testing.T) {
	f := func(in, host, port string) {
		t.Helper()
		from, to, p := HostPort([]byte(in))
		if in[from:to] != host || string(p) != port {
			t.Errorf("HostPort(%q) = %q, %q", in, in[from:to], p)
		}
	}
	f("10.0.0.1:80", "10.0.0.1", "80")
	f("[2001:db8::1]:443", "2001:db8::1", "443")
	f("[2001:db8::1]", "2001:db8::1", "")
	f("2601:6bbc:c529:9dad:6bbc:c529:9dad:6bbc:50599", "2601:6bbc:c529:9dad:6bbc:c529:9dad:6bbc", "50599")
	f("host", "host", "")
	f("host:", "host", "")
	f("", "", "")
}

func TestParsingCostsNoAllocation(t *testing.T) {
	in := [][]byte{[]byte("2018-07-02T22:23:00.186641Z"), []byte("10/Oct/2000:13:55:36 -0700"), []byte("2001:db8::1"), []byte("10.0.0.1"), []byte("x:y")}
	if n := testing.AllocsPerRun(100, func() {
		for _, b := range in {
			_, _ = RFC3339(b)
			_, _ = CLF(b)
			_, _ = Addr(b)
			_, _ = Epoch(b)
			_, _, _ = HostPort(b)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
