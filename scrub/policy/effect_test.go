package policy_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/ingest/ingesttest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/policy"
)

// leaves lists the paths of a schema that fill a column or have none below them.
func leaves(n *schemas.Node, path string) (paths []string) {
	for key, child := range n.Children {
		p := strings.ReplaceAll(key, ".", `\.`)
		if path != "" {
			p = path + "." + p
		}
		if child.Column != schemas.None || len(child.Children) == 0 {
			paths = append(paths, p)
		} else {
			paths = append(paths, leaves(child, p)...)
		}
	}
	return paths
}

// everything drops every field that can be overridden.
func everything(t *testing.T) *policy.Policy {
	t.Helper()
	var b strings.Builder
	b.WriteString("version: 1\nsources:\n")
	for _, source := range schemas.SourceNames() {
		s, err := schemas.BuiltIn(source)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "  %s:\n    fields:\n", source)
		for _, path := range leaves(s.Root, "") {
			rule := fmt.Sprintf("      '%s': drop\n", path)
			one := fmt.Sprintf("version: 1\nsources:\n  %s:\n    fields:\n%s", source, rule)
			if _, _, err := policy.Parse("one", []byte(one), time.Now); err == nil {
				b.WriteString(rule)
			}
		}
	}
	p, problems, err := policy.Parse("everything", []byte(b.String()), time.Now)
	if err != nil {
		t.Fatal(problems.String())
	}
	return p
}

// TestDecodersKeepRules: when every field that fills a text column has a rule, the
// decoders give out none that fills one without. Else a field that a policy drops
// would pass in some shape of its record.
func TestDecodersKeepRules(t *testing.T) {
	overrides := everything(t).Overrides()
	if err := schemas.Use(overrides); err != nil {
		t.Fatal(err)
	}
	goldens := map[string]string{
		"aws_alb": "alb/testdata/alb", "aws_nlb": "alb/testdata/nlb", "aws_clb": "alb/testdata/clb", "aws_cloudtrail": "cloudtrail/testdata",
		"aws_waf": "waf/testdata", "aws_vpcflow": "vpcflow/testdata", "app": "app/testdata",
		"aws_cloudfront": "generic/testdata/cloudfront", "aws_s3access": "generic/testdata/s3access", "aws_rds_log": "generic/testdata/rds",
		"aws_eks_audit": "generic/testdata/eks", "aws_route53resolver": "generic/testdata/route53",
	}
	for source, folder := range goldens {
		t.Run(source, func(t *testing.T) {
			src, ok := all.ByName(source)
			if !ok || len(overrides[source]) == 0 {
				t.Fatal("no such source, or it has no field that can be overridden")
			}
			files, err := filepath.Glob("../../ingest/" + folder + "/*.txtar")
			if err != nil || len(files) == 0 {
				t.Fatal("no golden files")
			}
			ruled := 0
			for _, file := range files {
				ruled += decodeFile(t, src, file)
			}
			if ruled < 10 {
				t.Errorf("only %d fields with a rule were seen", ruled)
			}
		})
	}
}

// decodeFile decodes the lines of a golden file and counts fields with a rule.
func decodeFile(t *testing.T, src ingest.Source, file string) (ruled int) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rec ingest.Record
	for _, f := range a.Files {
		if f.Name != "input" {
			continue
		}
		d := src.NewDecoder(ingest.Origin{}, ingest.Options{Limits: ingest.DefaultLimits})
		for _, raw := range ingesttest.Lines(bytes.ReplaceAll(f.Data, []byte("␍"), []byte("\r"))) {
			rec.Reset(src.Name(), schemas.TableOf(src.Name()), raw)
			if d.Decode(raw, &rec) != nil {
				continue
			}
			for i := range rec.Fields {
				f := &rec.Fields[i]
				if f.Rule > 0 {
					ruled++
				} else if !f.Alias && f.Column != schemas.None && text(f.Column) && !odd(src.Name(), f.Column) {
					t.Errorf("%s: %q fills %s without its rule", filepath.Base(file), raw[f.Start:f.End], f.Column)
				}
			}
		}
	}
	return ruled
}

// odd says that a column also gets what stands in place of a number or of a word
// of a fixed set, which no policy can override.
func odd(source string, c schemas.Column) bool {
	switch source {
	case "aws_cloudfront", "aws_s3access":
		return c == schemas.StatusCode
	case "aws_vpcflow":
		return c == schemas.StatusCode || c == schemas.Action
	}
	return false
}

func text(c schemas.Column) bool {
	switch c.Info().Kind {
	case schemas.KString, schemas.KDict, schemas.KStrings:
		return c != schemas.HTTPMethod
	}
	return false
}
