package sql

import (
	"fmt"
	"slices"

	"github.com/scrubline/scrubline/detect/fields"
	"github.com/scrubline/scrubline/detect/list"
	"github.com/scrubline/scrubline/detect/sigma"
)

// ListTable is the name of the external table that holds a list for a statement. It
// must have a row at least, if only one with an empty key.
func ListTable(name string) string { return "list_" + name }

// fieldTexts writes an array of the texts that a field has, looked up or not.
func (w *writer) fieldTexts(field string) string {
	if list, column, key, ok := sigma.Lookup(field); ok {
		return w.listTexts(list, column, key)
	}
	ref, _ := fields.Resolve(w.source, field)
	return w.texts(ref)
}

// listTexts writes an array of what a list has in a column for a field's texts.
func (w *writer) listTexts(name, column, key string) string {
	if !slices.Contains(w.lists[name], column) {
		w.lists[name] = append(w.lists[name], column)
	}
	ref, _ := fields.Resolve(w.source, key)
	of := func(column, text, without string) string {
		return fmt.Sprintf("transform(%s, (SELECT groupArray(key) FROM %s), (SELECT groupArray(%s) FROM %s), %s)", text, ListTable(name), column, ListTable(name), without)
	}
	v := w.name()
	value := of("`"+column+"`", v, "''")
	if column == list.Key {
		value = of("key", v, "''")
	}
	at := "toUnixTimestamp64Milli(event_time)"
	k, x := w.name(), w.name()
	return fmt.Sprintf("arrayFilter(%s -> %s != '', arrayMap(%s -> if(%s >= %s AND %s < %s, %s, ''), arrayMap(%s -> %s, %s)))",
		x, x, v, at, of("from_ms", v, "toInt64(0)"), at, of("until_ms", v, "toInt64(0)"), value, k, fold(k), w.texts(ref))
}

// looked writes a test of texts that were looked up. They are texts, nothing else.
func (w *writer) looked(t *sigma.Test, texts string) string {
	switch t.Kind {
	case sigma.Exists:
		if t.Want {
			return "notEmpty(" + texts + ")"
		}
		return "empty(" + texts + ")"
	case sigma.Null:
		return "empty(" + texts + ")"
	case sigma.FieldRef:
		return w.refers(t, texts, w.fieldTexts(t.Ref))
	}
	v := w.name()
	return fmt.Sprintf("arrayExists(%s -> %s, %s)", v, w.passes(t, v), texts)
}
