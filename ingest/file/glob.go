package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

var errNoMatch = errors.New("nothing there")

// isPattern tells whether p could be more than a name.
func isPattern(p string) bool { return strings.ContainsAny(p, `*?[`) }

// unwanted says why a name in a folder is not read, "" if it is.
func unwanted(name string, dir bool) Reason {
	switch {
	case strings.HasPrefix(name, "."):
		return Hidden
	case !dir && temporary(name):
		return Temporary
	}
	return ""
}

func temporary(name string) bool {
	return strings.HasSuffix(name, "~") || strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".part")
}

// spelled tells whether a pattern asks for unwanted names in so many letters.
func spelled(pattern string, r Reason) bool {
	if r == Hidden {
		return strings.HasPrefix(pattern, ".")
	}
	return temporary(pattern)
}

// pattern reads what matches abs, the absolute form of the pattern given, in
// the order of the names.
func (in *Input) pattern(ctx context.Context, given, abs string) error {
	parts := strings.Split(filepath.ToSlash(abs), "/")
	for _, p := range parts {
		if _, err := filepath.Match(p, ""); err != nil {
			in.fail(given, "matching pattern", err)
			return ctx.Err()
		}
	}
	root := filepath.VolumeName(abs) + string(filepath.Separator)
	g := glob{in: in, skips: map[string]Reason{}}
	g.match(root, parts[1:])
	slices.Sort(g.found)
	g.found = slices.Compact(g.found)
	for _, path := range g.found {
		delete(g.skips, path) // unwanted by one way through **, named by another
	}
	skips := make([]string, 0, len(g.skips))
	for path := range g.skips {
		skips = append(skips, path)
	}
	slices.Sort(skips)
	for _, path := range skips {
		in.skip(path, g.skips[path])
	}
	if len(g.found)+len(skips) == 0 && !g.failed {
		in.fail(given, "matching pattern", errNoMatch)
	}
	for _, path := range g.found {
		if err := in.visit(ctx, path, false); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// glob collects the paths that match a pattern.
type glob struct {
	in     *Input
	found  []string
	skips  map[string]Reason
	failed bool
}

// match looks in dir for the parts of the pattern that are left. Folders behind
// symbolic links are not searched for **: they could lead anywhere, in circles
// too.
func (g *glob) match(dir string, parts []string) {
	if len(parts) == 0 {
		g.found = append(g.found, dir)
		return
	}
	part := parts[0]
	if part == "**" {
		if len(parts) == 1 { // everything below: what reading the folder does
			g.found = append(g.found, dir)
			return
		}
		g.match(dir, parts[1:])
	} else if !isPattern(part) {
		path := filepath.Join(dir, part)
		if _, err := os.Lstat(path); err == nil {
			g.match(path, parts[1:])
		}
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		if info, statErr := os.Stat(dir); statErr == nil && info.IsDir() {
			g.in.fail(dir, "reading folder", err)
			g.failed = true
		}
		return
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		r := unwanted(e.Name(), e.IsDir())
		if part == "**" {
			switch {
			case !e.IsDir():
			case r == "":
				g.match(path, parts)
			default:
				g.skips[path] = r
			}
			continue
		}
		// the pattern is known to be well formed
		if ok, _ := filepath.Match(part, e.Name()); !ok {
			continue
		}
		if r != "" && !spelled(part, r) {
			g.skips[path] = r
			continue
		}
		g.match(path, parts[1:])
	}
}
