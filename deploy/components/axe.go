package components

import (
	"os"
	"path/filepath"
	"testing"
)

// Axe returns axe-core's script, which looks at the page that it runs in by rules of
// WCAG: axe.run.
func Axe(t testing.TB) string {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(find(t, "axe"), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}
