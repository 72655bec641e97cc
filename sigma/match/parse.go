package match

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ParseEvents reads events: a JSON object, several after one another with or
// without line breaks between them (ndjson), or a list of them. A byte order
// mark is skipped.
//
// An object that is a Windows event, {"Event":{"System":…,"EventData":…}}, is
// taken as Sigma names its parts: the fields of EventData and UserData by
// their names without blanks, Provider_Name, EventID as a number, Channel and
// Computer.
//
// The error says which event could not be read; those before it are returned
// beside it.
func ParseEvents(data []byte) ([]Event, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var events []Event
	for {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return events, fmt.Errorf("event %d, at byte %d: %w", len(events)+1, d.InputOffset(), err)
		}
		if events, err = appendEvents(events, v); err != nil {
			return events, err
		}
	}
}

func appendEvents(events []Event, v any) ([]Event, error) {
	list, many := v.([]any)
	if !many {
		list = []any{v}
	}
	for _, member := range list {
		object, ok := member.(map[string]any)
		if !ok {
			return events, fmt.Errorf("event %d is not a JSON object", len(events)+1)
		}
		if inner, ok := windows(object); ok {
			object = inner
		}
		events = append(events, NewEvent(object))
	}
	return events, nil
}
