package detect

import "github.com/scrubline/scrubline/detect/sigma"

func Lint(s *sigma.Set) []sigma.Problem { return s.Problems }
func LoadOwn(l *sigma.Loader) error     { return nil }
