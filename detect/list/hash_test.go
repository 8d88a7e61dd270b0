package list

import "testing"

func TestHash(t *testing.T) {
	key := []byte("a key")
	name := Hash(key, "family", "O'Neill")
	for text, same := range map[string]bool{"ONEILL": true, " o neill. ": true, "Ó'Neill": false, "O'Neal": false} {
		if got := Hash(key, "family", text) == name; got != same {
			t.Errorf("%q is the same name: %v, want %v", text, got, same)
		}
	}
	if Hash(key, "household", "O'Neill") == name || Hash([]byte("another"), "family", "O'Neill") == name {
		t.Error("values of another domain or under another key are equal")
	}
	if Hash(key, "family", " -, ") != "" {
		t.Error("no letters are a value")
	}
}
