package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errBuilt says why a build with the tag noengine has no engine.
var errBuilt = errors.New("this build has no embedded clickhouse: name a server in store.clickhouse.addr")

// Locate finds the engine's library: explicit, else $SCRUBLINE_ENGINE, else
// .engine/<version>/libchdb.so below the working directory, the executable's
// folder or its parent, else the user's cache. A path that was named and does
// not exist is an error, not a reason to look elsewhere.
func Locate(explicit string) (string, error) {
	if !built {
		return "", errBuilt
	}
	if explicit != "" {
		return named(explicit, "the given path")
	}
	if path := os.Getenv("SCRUBLINE_ENGINE"); path != "" {
		return named(path, "$SCRUBLINE_ENGINE")
	}
	for _, path := range candidates() {
		if isFile(path) {
			return filepath.Abs(path)
		}
	}
	return "", errors.New("the engine's library is missing: run `make engine`, or set SCRUBLINE_ENGINE to a libchdb.so that is already there")
}

func named(path, by string) (string, error) {
	if !isFile(path) {
		return "", fmt.Errorf("the engine's library is missing: %s (from %s) is not a file; run `make engine`, or set SCRUBLINE_ENGINE to a libchdb.so that is already there", path, by)
	}
	return filepath.Abs(path)
}

func candidates() []string {
	below := filepath.Join(".engine", Version, "libchdb.so")
	paths := []string{below}
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		dir := filepath.Dir(exe)
		paths = append(paths, filepath.Join(dir, below), filepath.Join(dir, "libchdb.so"), filepath.Join(filepath.Dir(dir), below))
	}
	if cache := cacheDir(); cache != "" {
		paths = append(paths, filepath.Join(cache, "scrubline", "engine", Version, "libchdb.so"))
	}
	return paths
}

// cacheDir is $XDG_CACHE_HOME or ~/.cache, on macOS too: the fetch script
// knows no other.
func cacheDir() string {
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".cache")
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
