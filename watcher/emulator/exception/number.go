package exception

import (
	"encoding/json"
	"strconv"
)

// Int is a whole number as trees of package watcher hold it.
func Int[N int | int64](n N) json.Number {
	return json.Number(strconv.FormatInt(int64(n), 10))
}
