package api

import (
	"net/http"

	"github.com/scrubline/scrubline/query"
)

type fieldInfo struct {
	Name    string   `json:"name"`
	Help    string   `json:"help"`
	Example string   `json:"example"`
	Aliases []string `json:"aliases"`
	Values  []string `json:"values"`
	Column  string   `json:"column,omitempty"`
}

// fields serves GET /v1/fields.
func (s *Server) fields(w http.ResponseWriter, _ *http.Request) {
	out := struct {
		Fields []fieldInfo `json:"fields"`
	}{}
	for _, f := range query.Fields() {
		info := fieldInfo{Name: f.Name, Help: f.Help, Example: f.Example, Aliases: append([]string{}, f.Aliases...), Values: []string{}}
		for _, n := range f.Names {
			info.Values = append(info.Values, n.Name)
		}
		if col := f.Column(); col != 0 {
			info.Column = col.String()
		}
		out.Fields = append(out.Fields, info)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(appendJSON(out)(nil), '\n'))
}
