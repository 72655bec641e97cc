package querystring_test

import (
	"strings"
	"testing"
)

// lexed is what a query_string says, as far as its structure goes.
type lexed struct {
	leaves   int   // questions, values in lists counted one by one
	nots     int   // NOT
	booleans []int // clauses of each pair of parentheses
}

// lexer reads a query_string by Lucene's rules, as strictly as it can: only
// what a printed query may contain, every operator in capitals, parentheses
// balanced, one operator only between the clauses of a pair.
type lexer struct {
	t    testing.TB
	text []rune
	at   int
	out  lexed
}

func lex(t testing.TB, text string) lexed {
	t.Helper()
	l := &lexer{t: t, text: []rune(text)}
	l.clause(false)
	if l.at != len(l.text) {
		l.fail("text after the end of the query")
	}
	return l.out
}

func (l *lexer) fail(why string) {
	l.t.Helper()
	l.t.Fatalf("at %d: %s\nin %q", l.at, why, string(l.text))
}

func (l *lexer) peek() rune {
	if l.at >= len(l.text) {
		return 0
	}
	return l.text[l.at]
}

func (l *lexer) take(word string) bool {
	if strings.HasPrefix(string(l.text[l.at:min(l.at+len(word), len(l.text))]), word) {
		l.at += len(word)
		return true
	}
	return false
}

// clause reads NOT, a pair of parentheses, or a question. Within a list of
// values there are no fields.
func (l *lexer) clause(inList bool) {
	if !inList && l.take("NOT ") {
		l.out.nots++
		if l.take("NOT ") {
			l.fail("NOT NOT")
		}
	}
	switch {
	case l.take("("):
		l.pair(inList)
	case inList:
		l.value()
	default:
		l.field()
		if l.take("(") {
			l.pair(true)
		} else {
			l.value()
		}
	}
}

func (l *lexer) pair(inList bool) {
	clauses, ops := 0, map[string]bool{}
	for {
		nots := l.out.nots
		l.clause(inList)
		clauses++
		negated := l.out.nots > nots && l.text[l.at-1] != ')'
		if negated && (ops[" OR "] || l.ahead(" OR ")) {
			l.fail("NOT under OR without parentheses")
		}
		switch {
		case l.take(" AND "):
			ops[" AND "] = true
		case l.take(" OR "):
			ops[" OR "] = true
		case l.take(")"):
			if len(ops) > 1 {
				l.fail("AND and OR in one pair of parentheses")
			}
			l.out.booleans = append(l.out.booleans, clauses)
			return
		default:
			l.fail("no operator and no end of the parentheses")
		}
	}
}

func (l *lexer) ahead(word string) bool {
	return strings.HasPrefix(string(l.text[l.at:min(l.at+len(word), len(l.text))]), word)
}

func (l *lexer) field() {
	start := l.at
	for l.peek() != ':' {
		if l.at >= len(l.text) || strings.ContainsRune(" \t\r\n\u3000(){}[]^\"~*?/", l.peek()) {
			l.fail("a character that cannot stand in a field name")
		}
		l.char()
	}
	if l.at == start {
		l.fail("a field without a name")
	}
	l.at++
}

// char reads a character of a bare term, with its escape.
func (l *lexer) char() {
	if l.peek() == '\\' {
		l.at++
		if l.at >= len(l.text) || l.peek() == 'u' {
			l.fail("an escape that is none")
		}
	}
	l.at++
}

func (l *lexer) value() {
	l.out.leaves++
	switch l.peek() {
	case '"':
		l.quoted()
	case '/':
		l.regexp()
	default:
		l.bare()
	}
}

func (l *lexer) quoted() {
	for l.at++; l.peek() != '"'; l.char() {
		if l.at >= len(l.text) {
			l.fail("a quote without its end")
		}
	}
	l.at++
}

// regexp reads to the last slash that can end it, as Lucene does: `\/` is
// always a slash inside.
func (l *lexer) regexp() {
	for l.at++; l.peek() != '/'; l.at++ {
		if l.at >= len(l.text) {
			l.fail("a regular expression without its end")
		}
		if l.ahead(`\/`) {
			l.at++
		}
	}
	l.at++
}

func (l *lexer) bare() {
	_ = l.take(">=") || l.take("<=") || l.take(">") || l.take("<")
	start := l.at
	for l.at < len(l.text) && !strings.ContainsRune(" )", l.peek()) {
		if l.peek() == '-' && l.at > start {
			l.at++ // harmless inside a name after _exists_:
			continue
		}
		if strings.ContainsRune("\t\r\n\u3000(+-!{}[]^\"~:/&|<>=", l.peek()) {
			l.fail("a character that needs an escape in a bare term")
		}
		l.char()
	}
	if l.at == start {
		l.fail("a term without characters")
	}
}
