package pipeline

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/schemas"
)

// origin is a payload's name as it is stored with its rows: people name files
// after patients, so it is scrubbed like an object's key in a record. It does not
// count as a match of the batch: it is called before the batch begins.
func (w *worker) origin(name string) string {
	if name == "" {
		return ""
	}
	raw := []byte(name)
	w.name.Reset(all.Fallback, schemas.Events, raw)
	w.name.Add(0, len(raw), schemas.Field{Treat: schemas.Scan, Hint: schemas.Path}, ingest.Plain)
	out, _, code := w.engine.Filter(&w.name, nil)
	if code != "" {
		return "[phi-dropped]"
	}
	return string(out)
}
