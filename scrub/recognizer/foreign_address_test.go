package recognizer

import "testing"

func TestForeignStreet(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		e := nameWord([]byte(in), 0)
		if got := in[:ForeignStreet([]byte(in), 0, e)]; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	f("Calle Hidalgo 218, Centro", "Calle Hidalgo 218")
	f("Av. Insurgentes Sur 1602", "Av. Insurgentes Sur 1602")
	f("Carrera 7 No. 71-21", "Carrera 7")
	f("Rua das Flores 45B.", "Rua das Flores 45B")
	f("ul. Długa 44", "ul. Długa 44")
	f("Calle 13", "Calle 13")
	f("via 10.0.0.1", "")
	f("via Gateway 12", "")
	f("place Order 5", "")
	f("Via proxy", "")
	f("Plaza opens at 9", "")
}

func TestRoadEnding(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		e := nameWord([]byte(in), 0)
		if got := in[:RoadEnding([]byte(in), 0, e)]; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	f("Hauptstraße 12a, Bonn", "Hauptstraße 12a")
	f("Keizersgracht 321", "Keizersgracht 321")
	f("Storgata 18", "Storgata 18")
	f("straße 12", "")
	f("Keizersgracht 10.0.0.1", "")
	f("Restart 12", "")
	f("Conveyor 7", "")
}

func TestNumberedRoad(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := in[:NumberedRoad([]byte(in), 0)]; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	f("538 County Road 12, Troy", "538 County Road 12")
	f("77 Hwy 61 Apt 2", "77 Hwy 61 Apt 2")
	f("20 E Broadway", "20 E Broadway")
	f("12 rue de la République, Lyon", "12 rue de la République")
	f("404 Not Found", "")
	f("12 rows deleted", "")
	f("200 OK 61", "")
}

func TestTail(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := in[:Tail([]byte(in), 0)]; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	f(", 80331 München for", ", 80331 München")
	f(", Lyon, Francia.", ", Lyon, Francia")
	f(" 1016 AB Amsterdam", " 1016 AB Amsterdam")
	f(", Phone: 1", "")
	f(", for member", "")
	f(" 12 rows", "")
}

func TestWhereabouts(t *testing.T) {
	f := func(in string, crossing bool, want string) {
		t.Helper()
		if got := in[:Whereabouts([]byte(in), 0, crossing)]; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	f("633 Strada Lungă 65 Suite 455 in town", false, "633 Strada Lungă 65 Suite 455")
	f("Elm and Oak Street please", true, "Elm and Oak Street")
	f("Elm and Oak Street please", false, "")
	f("the office", false, "")
}

func TestAddressLine(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := in[:AddressLine([]byte(in), 0)]; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	f("233 Erzsébet tér 19.\n", "233 Erzsébet tér 19")
	f("12 rows were deleted\n", "")
	f("415-555-0132\n", "")
	f("5 Reasons To Restart\n", "")
}
