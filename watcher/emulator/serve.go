package emulator

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

// serve answers and gives the status. The order of refusal is the server's:
// content type header, path and method, content type, parameters, unwanted
// body, then the call itself.
func (e *Emulator) serve(w http.ResponseWriter, hr *http.Request) int {
	r, err := readRequest(w, hr)
	if errors.Is(err, errTooLarge) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return http.StatusRequestEntityTooLarge
	}
	if err == nil {
		err = e.checkCompatible(r)
	}
	if err != nil {
		return e.fail(w, r, err)
	}
	a, err := e.dispatch(r)
	if err != nil {
		return e.fail(w, r, err)
	}
	return e.write(w, r, a)
}

func (e *Emulator) fail(w http.ResponseWriter, r *request, err error) int {
	x := exception.From(err)
	if x.Status >= 500 {
		e.log.Warn("request failed", "method", r.method, "path", r.path, "status", x.Status, "error", err)
	}
	return e.write(w, r, answer{status: x.Status, body: watcher.Encode(x.Body()), refusal: true})
}

func (e *Emulator) dispatch(r *request) (answer, error) {
	raw := splitPath(r.path)
	routes := e.find(e.decodeForRoute(raw))
	if len(routes) == 0 {
		return answer{}, &exception.Exception{
			Status: 400, NoStatus: true,
			Plain: "no handler found for uri [" + r.uri + "] and method [" + r.method + "]",
		}
	}
	allowed := methodsOf(routes)
	i := slices.IndexFunc(routes, func(rt route) bool { return rt.method == r.method })
	if i < 0 {
		return wrongMethod(r, allowed)
	}
	rt := routes[i]
	for k, part := range raw {
		decoded, err := decodePart(part)
		if err != nil {
			return answer{status: 405, allow: allowed, body: plainError(err.Error()+", allowed: ["+strings.Join(allowed, ", ")+"]", 405)}, nil
		}
		r.parts = append(r.parts, decoded)
		raw[k] = decoded
	}
	r.names = rt.names(r.parts)
	return e.run(rt, r)
}

// decodeForRoute decodes the parts for matching alone; a broken escape stays.
func (e *Emulator) decodeForRoute(raw []string) []string {
	out := make([]string, len(raw))
	for i, part := range raw {
		out[i] = part
		if decoded, err := decodePart(part); err == nil {
			out[i] = decoded
		}
	}
	return out
}

func (e *Emulator) run(rt route, r *request) (answer, error) {
	if warning := rt.warning(); warning != "" {
		r.warnings = append(r.warnings, warning)
	}
	if len(r.body) > 0 && (r.media == mediaNone || r.media == mediaUnknown) {
		return answer{}, &exception.Exception{Status: 406, Plain: "Content-Type header [" + r.contentType + "] is not supported"}
	}
	act, err := rt.prepare(e, r)
	if err != nil {
		return answer{}, err
	}
	if err := r.unrecognized(); err != nil {
		return answer{}, err
	}
	if len(r.body) > 0 && !r.bodyWanted {
		return answer{}, exception.BadArgument("request [" + r.method + " " + r.path + "] does not support having a body")
	}
	return act()
}

func methodsOf(routes []route) []string {
	out := make([]string, len(routes))
	for i, rt := range routes {
		out[i] = rt.method
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func wrongMethod(r *request, allowed []string) (answer, error) {
	list := "[" + strings.Join(allowed, ", ") + "]"
	switch r.method {
	case "OPTIONS":
		return answer{status: 200, allow: allowed, plain: true}, nil
	case "GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "TRACE", "CONNECT":
		return answer{status: 405, allow: allowed, body: plainError("Incorrect HTTP method for uri ["+r.uri+"] and method ["+r.method+"], allowed: "+list, 405)}, nil
	default:
		return answer{status: 405, allow: allowed, body: plainError("Unexpected http method: "+r.method+", allowed: "+list, 405)}, nil
	}
}

func plainError(text string, status int) []byte {
	return watcher.Encode((&exception.Exception{Status: status, Plain: text}).Body())
}

// compatible makes a route of 8.x answer only to media types of version 7.
func compatible(p prepare) prepare {
	return func(e *Emulator, r *request) (action, error) {
		if !r.compat7 {
			return nil, &exception.Exception{
				Status: 400, NoStatus: true,
				Plain: "no handler found for uri [" + r.uri + "] and method [" + r.method + "]",
			}
		}
		return p(e, r)
	}
}

// checkCompatible refuses media types of versions that the server does not
// speak: before 7.11 it knows none, from 8.0 its own and the one before.
func (e *Emulator) checkCompatible(r *request) error {
	for _, header := range []string{r.accept, r.contentType} {
		n, ok := vendor(header)
		switch {
		case !ok || e.version.AtLeast(7, 11) && e.version.Major == 7:
		case e.version.Major < 8:
			if header == r.contentType && len(r.body) > 0 {
				return &exception.Exception{Status: 406, Plain: "Content-Type header [" + header + "] is not supported"}
			}
		case n != e.version.Major && n != e.version.Major-1:
			return exception.New(400, "media_type_header_exception", "Invalid media-type value on headers [Accept, Content-Type]").
				Because(exception.New(0, "status_exception", "A compatible version is required"))
		}
	}
	return nil
}
