package build

import (
	"encoding/json"
	"strconv"

	"github.com/sigwatch/sigwatch/watcher"
)

// object makes an object of names and values in turn.
func object(pairs ...any) *watcher.Object {
	o := watcher.NewObject(len(pairs) / 2)
	for i := 0; i+1 < len(pairs); i += 2 {
		o.Members = append(o.Members, watcher.Member{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return o
}

// list makes a JSON list of texts.
func list(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }
