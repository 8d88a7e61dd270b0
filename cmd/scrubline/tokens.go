package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a service token and print it, once: it is stored hashed."`
	List   tokenListCmd   `cmd:"" help:"List service tokens: who, what, until when, and when last used."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a service token at once and for good."`
}

type tokenCreateCmd struct {
	Name     string   `required:"" help:"What it is for, for example siem."`
	Role     string   `required:"" help:"analyst, auditor, detection-engineer or admin."`
	Days     int      `required:"" help:"Days until it expires; identity.token_days at most."`
	Sources  []string `help:"Rows of these sources only (default: all)." placeholder:"S"`
	Hide     []string `help:"Fields that it neither shows nor can be asked about." placeholder:"FIELD"`
	ReadOnly bool     `help:"It may change nothing."`
	Owner    string   `help:"Whose it is: their subject at the identity provider, as /v1/whoami shows it. Takes part in reveals only with one." placeholder:"'ISSUER SUBJECT'"`
	Reason   string   `help:"Why an auditor needs it; stands with all that is asked." placeholder:"TEXT"`
}

// Run prints the token on standard output, what it is on standard error.
func (c *tokenCreateCmd) Run(g *globals) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	role, err := identity.ParseRole(c.Role)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if c.Days < 1 || c.Days > cfg.Identity.tokenDays() {
		return &exitError{exitUsage, fmt.Errorf("--days is from 1 to %d (identity.token_days)", cfg.Identity.tokenDays())}
	}
	s, err := scope(cfg.Tenant, c.Sources, c.Hide, c.ReadOnly)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if role == identity.Auditor && c.Reason == "" {
		return &exitError{exitUsage, errors.New("an auditor's token needs --reason")}
	}
	if issuer, subject, _ := strings.Cut(c.Owner, " "); c.Owner != "" && (issuer != cfg.Identity.OIDC.Issuer || subject == "") {
		return &exitError{exitUsage, errors.New("--owner is the issuer of identity.oidc, a space, and the person's subject there")}
	}
	asked := fmt.Sprintf("token create, %s, %s, %d days", role, scopeText(s), c.Days)
	return g.recorded(audit.Change, "token-create", asked, c.Reason, func() error { return c.create(g, role, s) })
}

func (c *tokenCreateCmd) create(g *globals, role identity.Role, s identity.Scope) error {
	token, shown, err := g.serviceTokens().Create(identity.Token{Name: c.Name, Role: role, Scope: s, Reason: c.Reason, Owner: c.Owner, Expires: time.Now().UTC().Truncate(time.Second).AddDate(0, 0, c.Days)})
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "Token %s (%s, %s) until %s. It is shown only now:\n", token.ID, token.Name, token.Role, token.Expires.Format(time.DateTime))
	fmt.Println(shown)
	return nil
}

type tokenListCmd struct{}

// Run prints a line for each token.
func (*tokenListCmd) Run(g *globals) error {
	list, err := g.serviceTokens().List()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, k := range list {
		state, used := "expires "+k.Expires.Format(time.DateTime), "never used"
		switch {
		case !k.Revoked.IsZero():
			state = "revoked " + k.Revoked.Format(time.DateTime)
		case !time.Now().Before(k.Expires):
			state = "expired " + k.Expires.Format(time.DateTime)
		}
		if !k.Used.IsZero() {
			used = "used " + k.Used.Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, k.Role, scopeText(k.Scope), state, used)
	}
	return w.Flush()
}

// scopeText says in a few words what is seen.
func scopeText(s identity.Scope) string {
	parts := []string{"all sources"}
	if len(s.Sources) > 0 {
		parts[0] = strings.Join(s.Sources, ",")
	}
	if len(s.HiddenFields) > 0 {
		parts = append(parts, "without "+strings.Join(s.HiddenFields, ","))
	}
	if s.ReadOnly {
		parts = append(parts, "read only")
	}
	return strings.Join(parts, ", ")
}

type tokenRevokeCmd struct {
	ID string `arg:"" help:"What token list shows first."`
}

// Run ends the token. A server that runs refuses its next request.
func (c *tokenRevokeCmd) Run(g *globals) error {
	return g.recorded(audit.Change, "token-revoke", "token revoke", "", func() error {
		if err := g.serviceTokens().Revoke(c.ID); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "Token %s is revoked.\n", c.ID)
		return nil
	})
}
