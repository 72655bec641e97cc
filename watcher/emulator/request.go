package emulator

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

const (
	// maxContent is http.max_content_length.
	maxContent = 100 << 20
	// maxLine is http.max_initial_line_length.
	maxLine = 4096
)

// request is a request on its way to a route.
type request struct {
	method string
	// uri is path and query as they came, path the former alone, parts the
	// latter's parts, decoded.
	uri, path string
	parts     []string
	names     map[string]string
	query     url.Values
	body      []byte
	accept    string
	// media is the type of the body.
	media media

	used        map[string]bool
	bodyWanted  bool
	warnings    []string
	compat7     bool
	contentType string
}

// errTooLarge is a body over the limit.
var errTooLarge = errors.New("the body is too large")

func readRequest(w http.ResponseWriter, r *http.Request) (*request, error) {
	out := &request{
		method: r.Method, uri: r.RequestURI, accept: r.Header.Get("Accept"), used: map[string]bool{},
		contentType: r.Header.Get("Content-Type"),
	}
	if !strings.HasPrefix(out.uri, "/") {
		out.uri = r.URL.RequestURI()
	}
	if len(r.Method)+len(out.uri)+len(" HTTP/1.1 ") > maxLine {
		return out, exception.New(400, "too_long_frame_exception", fmt.Sprintf("An HTTP line is larger than %d bytes.", maxLine))
	}
	var raw string
	out.path, raw, _ = strings.Cut(out.uri, "?")
	body, err := readBody(w, r)
	if err != nil {
		return out, err
	}
	out.body, out.query = body, parseQuery(raw)
	out.compat7 = strings.Contains(out.contentType+out.accept, "compatible-with=7")
	out.media, err = mediaOf(r.Header)
	return out, err
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limited := http.MaxBytesReader(w, r.Body, maxContent)
	var in io.Reader = limited
	if strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(limited)
		if err != nil {
			return nil, exception.New(400, "zip_exception", "Not in GZIP format")
		}
		in = z
	}
	body, err := io.ReadAll(io.LimitReader(in, maxContent+1))
	_, over := errors.AsType[*http.MaxBytesError](err)
	switch {
	case over || len(body) > maxContent:
		return nil, errTooLarge
	case err != nil:
		return nil, exception.New(400, "i_o_exception", err.Error())
	}
	return body, nil
}

// parseQuery reads parameters; of one given twice the last counts.
func parseQuery(raw string) url.Values {
	q := url.Values{}
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name == "" {
			continue
		}
		q.Set(unescapeQuery(name), unescapeQuery(value))
	}
	return q
}

func unescapeQuery(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return strings.ToValidUTF8(out, "\uFFFD")
	}
	return s
}

// splitPath splits a path as the server does: a leading slash and slashes at
// the end do not count, empty parts between do.
func splitPath(path string) []string {
	path = strings.TrimRight(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// decodePart decodes one part of a path; a plus stays a plus.
func decodePart(part string) (string, error) {
	if !strings.Contains(part, "%") {
		return valid(part), nil
	}
	for i := 0; i < len(part); i++ {
		if part[i] != '%' {
			continue
		}
		if i+2 >= len(part) {
			return "", fmt.Errorf("unterminated escape sequence at end of string: %s", part)
		}
		if _, err := strconv.ParseUint(part[i+1:i+3], 16, 8); err != nil {
			return "", fmt.Errorf("invalid escape sequence `%s' at index %d of: %s", part[i:i+3], i, part)
		}
		i += 2
	}
	out, err := url.PathUnescape(part)
	if err != nil {
		return "", fmt.Errorf("invalid escape sequence in: %s", part)
	}
	return valid(out), nil
}

func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// media is the type of a body.
type media string

const (
	mediaNone    media = ""
	mediaJSON    media = "json"
	mediaYAML    media = "yaml"
	mediaUnknown media = "?"
)

var mediaType = regexp.MustCompile("^[\\w!#$%&'*+.^`|~-]+/[\\w!#$%&'*+.^`|~-]+$")

// mediaOf reads the Content-Type header; one that is no media type at all is
// refused whatever the call.
func mediaOf(h http.Header) (media, error) {
	values, there := h["Content-Type"]
	if !there || len(values) == 0 {
		return mediaNone, nil
	}
	kind, params, _ := strings.Cut(values[0], ";")
	if !mediaType.MatchString(strings.TrimSpace(kind)) || len(values) > 1 {
		return mediaUnknown, badContentType(strings.Join(values, ","))
	}
	for p := range strings.SplitSeq(params, ";") {
		if p = strings.TrimSpace(p); p != "" && !strings.Contains(p, "=") {
			return mediaUnknown, badContentType(values[0])
		}
	}
	return knownMedia(kind), nil
}

func badContentType(value string) error {
	inner := "invalid Content-Type header [" + value + "]"
	return exception.New(400, "content_type_header_exception", "java.lang.IllegalArgumentException: "+inner).
		Because(exception.BadArgument(inner))
}

func knownMedia(kind string) media {
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "application/json", "application/x-ndjson", "application/vnd.elasticsearch+json", "application/vnd.elasticsearch+x-ndjson":
		return mediaJSON
	case "application/yaml", "application/vnd.elasticsearch+yaml":
		return mediaYAML
	default:
		return mediaUnknown
	}
}

// vendor tells whether a media type is one of Elasticsearch's own, and for
// which version it asks.
func vendor(header string) (version int, ok bool) {
	kind, params, err := mime.ParseMediaType(header)
	if err != nil || !strings.HasPrefix(kind, "application/vnd.elasticsearch+") {
		return 0, false
	}
	n, err := strconv.Atoi(params["compatible-with"])
	return n, err == nil
}

// text gives a parameter and whether it is there.
func (r *request) text(name string) (string, bool) {
	r.used[name] = true
	if v, ok := r.names[name]; ok {
		return v, true
	}
	v, ok := r.query[name]
	if !ok {
		return "", false
	}
	return v[0], true
}

// boolean gives a parameter that is true or false; empty means true.
func (r *request) boolean(name string, absent bool) (bool, error) {
	v, ok := r.text(name)
	switch {
	case !ok:
		return absent, nil
	case v == "" || v == "true":
		return true, nil
	case v == "false":
		return false, nil
	}
	return false, exception.BadArgument(fmt.Sprintf("Failed to parse value [%s] as only [true] or [false] are allowed.", v))
}

// long gives a parameter that is a whole number.
func (r *request) long(name string, absent int64) (int64, error) {
	v, ok := r.text(name)
	if !ok {
		return absent, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, exception.BadArgument(fmt.Sprintf("Failed to parse long parameter [%s] with value [%s]", name, v)).
			Because(exception.New(0, "number_format_exception", "For input string: \""+v+"\""))
	}
	return n, nil
}

// duration reads a time value only to refuse a bad one.
func (r *request) duration(name string) error {
	v, ok := r.text(name)
	if !ok || v == "-1" || v == "0" {
		return nil
	}
	for _, unit := range []string{"nanos", "micros", "ms", "s", "m", "h", "d"} {
		if n, ok := strings.CutSuffix(v, unit); ok {
			if _, err := strconv.ParseUint(n, 10, 63); err == nil {
				return nil
			}
		}
	}
	return exception.BadArgument(fmt.Sprintf("failed to parse setting [%s] with value [%s] as a time value: unit is missing or unrecognized", name, v))
}

// unrecognized refuses parameters that nothing asked for.
func (r *request) unrecognized() error {
	known := []string{"error_trace", "format", "filter_path", "pretty", "human"}
	var unknown []string
	for name := range r.query {
		if !r.used[name] && !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	candidates := slices.Clone(known)
	for name := range r.used {
		candidates = append(candidates, name)
	}
	plural := ""
	if len(unknown) > 1 {
		plural = "s"
	}
	for i, name := range unknown {
		unknown[i] = "[" + name + "]" + meant(name, candidates)
	}
	return exception.BadArgument(fmt.Sprintf("request [%s] contains unrecognized parameter%s: %s", r.path, plural, strings.Join(unknown, ", ")))
}

// stamp writes a time as the server does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
