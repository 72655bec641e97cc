package current

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
)

const number1 = json.Number("1")

// object makes an object of names and values in turn.
func object(members ...any) *watcher.Object {
	o := &watcher.Object{Members: make([]watcher.Member, 0, len(members)/2+2)} // two more may be set
	for i := 0; i < len(members); i += 2 {
		o.Members = append(o.Members, watcher.Member{Name: members[i].(string), Value: members[i+1]})
	}
	return o
}

// scriptHead is what stands before the watches. The address and the
// credentials come from the environment; the key goes to curl through a file
// descriptor and the password's argument is hidden by curl, so that no list of
// processes shows them.
const scriptHead = `#!/bin/sh
# Puts watches. The environment says where:
#   SIGWATCH_URL        the cluster, such as https://localhost:9200
#   SIGWATCH_API_KEY    an API key; or
#   SIGWATCH_USERNAME   and SIGWATCH_PASSWORD
#   SIGWATCH_CA         a file with the authority's certificate
set -eu
: "${SIGWATCH_URL:?give the address of the cluster}"

put() {
  set -- --silent --show-error --fail --globoff --request PUT --header 'Content-Type: application/json' --data-binary @- --output /dev/null "${SIGWATCH_URL%/}/_watcher/watch/$1"
  if [ -n "${SIGWATCH_CA:-}" ]; then
    set -- --cacert "$SIGWATCH_CA" "$@"
  fi
  if [ -n "${SIGWATCH_API_KEY:-}" ]; then
    curl --header @/dev/fd/3 "$@" 3<<HEADER
Authorization: ApiKey $SIGWATCH_API_KEY
HEADER
  elif [ -n "${SIGWATCH_USERNAME:-}" ]; then
    curl --user "$SIGWATCH_USERNAME:${SIGWATCH_PASSWORD:-}" "$@"
  else
    curl "$@"
  fi
}
`

// script writes a shell script that puts the watch. Its text stands in a
// here-document with a quoted end, in which nothing is expanded.
func script(in Input, r *report) Output {
	if in.Watch.Body == nil {
		r.add(r.at, noWatch)
		return Output{}
	}
	path := url.PathEscape(in.Watch.ID)
	if in.Watch.Active != nil && !*in.Watch.Active {
		path += "?active=false"
	}
	body := string(watcher.EncodeIndent(in.Watch.Body))
	end := delimiter(body)
	text := "\nput " + shellQuoted(path) + " <<'" + end + "'\n" + body + "\n" + end + "\n"
	return Output{Before: scriptHead, Text: text, ID: in.Watch.ID}
}

// delimiter is a line that the text does not have.
func delimiter(body string) string {
	end := "END_OF_WATCH"
	for strings.Contains("\n"+body+"\n", "\n"+end+"\n") {
		end += "_"
	}
	return end
}
