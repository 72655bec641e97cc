package classic

import (
	"slices"
	"strings"
)

// The scripts that the profile 2023 puts before actions.
const (
	webhookScript = "ctx.metadata.timestamp=ctx.trigger.scheduled_time;"
	indexScript   = "ctx.payload.transform = [];for (int j=0;j<ctx.payload.hits.total;j++){" +
		"ctx.payload.hits.hits[j]._source.alerttimestamp=ctx.trigger.scheduled_time;" +
		"ctx.payload.hits.hits[j]._source.alerttitle=ctx.metadata.name;" +
		"ctx.payload.hits.hits[j]._source.alertquery=ctx.metadata.query;" +
		"ctx.payload.hits.hits[j]._source.alertdescription=ctx.metadata.description;" +
		"ctx.payload.hits.hits[j]._source.tags=ctx.metadata.tags;" +
		"ctx.payload.transform.add(ctx.payload.hits.hits[j]._source)} return ['_doc': ctx.payload.transform];"
)

// alerts reports whether the option alert_methods names an action.
func (w *watches) alerts(name string) bool {
	return slices.Contains(strings.Split(w.run.settings.text("alert_methods", "email"), ","), name)
}

// actions are the watch's actions.
func (w *watches) actions(r *rule, agg *watchAggregation) (object, error) {
	if !w.run.is2019() && !w.alerts("email") {
		return append(object{}, w.otherActions()...), nil
	}
	body, err := w.mailBody(r, agg)
	if err != nil {
		return nil, err
	}
	title := ""
	if v := r.doc.get("title"); v != nil {
		title, _ = v.python()
	}
	mail := append(w.envelope(),
		member{"subject", "Sigma Rule '" + title + "'"},
		member{"body", body},
		member{"attachments", object{{"data.json", object{{"data", object{{"format", "json"}}}}}}},
	)
	if w.run.is2019() {
		return object{{"send_email", object{{"email", mail}}}}, nil
	}
	return append(object{{"send_email", object{
		{"throttle_period", w.run.settings.text("action_throttle_period", "15m")}, {"email", mail},
	}}}, w.otherActions()...), nil
}

// envelope says from whom and to whom a mail goes.
func (w *watches) envelope() object {
	s := w.run.settings
	if !w.run.is2019() {
		return object{
			{"profile", s.text("mail_profile", "standard")},
			{"from", s.text("mail_from", "root@localhost")},
			{"to", s.text("mail", "root@localhost")},
		}
	}
	mail, ok := s["mail"]
	switch {
	case !ok:
		w.run.log.note(noRecipient(), place{})
		return object{{"to", nil}}
	case mail.isSwitch:
		w.run.log.note(noRecipient(), place{})
		return object{{"to", true}}
	}
	return object{{"to", mail.text}}
}

// mailBody is the text of the mail, a template.
func (w *watches) mailBody(r *rule, agg *watchAggregation) (string, error) {
	if agg.aggs() != nil {
		return agg.mail(), nil
	}
	const first, last = "Hits:\n{{#ctx.payload.hits.hits}}", "{{/ctx.payload.hits.hits}}"
	line := strings.Repeat("=", 80) + "\n"
	fields := r.doc.get("fields")
	if fields == nil {
		return first + "{{_source}}\n" + line + last, nil
	}
	list, err := fieldsOf(r)
	if err != nil {
		return "", err
	}
	rows, err := mailRows(fields, list)
	return first + "Hit on {{_source.@timestamp}}:\n" + rows + line + last, err
}

// mailRows are the rule's fields, one a line, the names ranged right.
func mailRows(fields *value, list []*value) (string, error) {
	if len(list) == 0 {
		return "", refuseAt(fields.at, "classic/fields", "fields is empty, on which the old tool failed")
	}
	width := 0
	for _, field := range list {
		if field.kind != kindText {
			return "", refuseAt(field.at, "classic/fields", "fields holds "+field.kind.String())
		}
		width = max(width, len([]rune(field.text)))
	}
	var rows []string
	for _, field := range list {
		pad := strings.Repeat(" ", width-len([]rune(field.text)))
		rows = append(rows, pad+field.text+" = {{_source."+field.text+"}}")
	}
	return strings.Join(rows, "\n"), nil
}

// otherActions are the webhook and the index action.
func (w *watches) otherActions() object {
	var out object
	if w.alerts("webhook") {
		out = append(out, member{"httppost", object{
			{"transform", object{{"script", webhookScript}}}, {"webhook", w.webhook()},
		}})
	}
	if w.alerts("index") {
		s := w.run.settings
		out = append(out, member{"elastic", object{
			{"transform", object{{"script", indexScript}}},
			{"index", object{{"index", s.text("index", "<log2alert-{now/d}>")}, {"doc_type", s.text("type", "_doc")}}},
		}})
	}
	return out
}

func (w *watches) webhook() object {
	s := w.run.settings
	out := object{
		{"scheme", s.text("http_scheme", "http")},
		{"host", s.text("http_host", "localhost")},
		{"port", verbatim(w.port)},
		{"method", s.text("http_method", "POST")},
		{"path", s.text("http_uri_path", "/")},
		{"params", object{}},
		{"headers", object{{"Content-Type", "application/json"}}},
		{"body", "{{#toJson}}ctx.metadata{{/toJson}}"},
	}
	if user, password := s.text("http_user", ""), s.text("http_pass", ""); user != "" && password != "" {
		out = append(out, member{"auth", object{{"basic", object{{"username", user}, {"password", password}}}}})
	}
	if host, port := s.text("http_phost", ""), s.text("http_pport", ""); host != "" && port != "" {
		out = append(out, member{"proxy", object{{"host", host}, {"port", port}}})
	}
	return out
}
