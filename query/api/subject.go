package api

import "github.com/scrubline/scrubline/query"

// subject reads resource, patient, actor and session.
func (c *call) subject() query.Subject {
	p := c.r.URL.Query()
	return query.Subject{Resource: p.Get("resource"), Patient: p.Get("patient"), Actor: p.Get("actor"), Session: p.Get("session")}
}

// subjectError says which parameter is wrong, if it is one.
func subjectError(a query.Subject, err error) error {
	switch a {
	case query.Subject{Patient: a.Patient}:
		return &paramError{"patient", err}
	case query.Subject{Resource: a.Resource}:
		return &paramError{"resource", err}
	case query.Subject{Actor: a.Actor}:
		return &paramError{"actor", err}
	case query.Subject{Session: a.Session}:
		return &paramError{"session", err}
	}
	return err
}
