// Package integration holds the tests that need more than Go: containers built
// from the project's Dockerfile, and a real Elasticsearch server.
//
// They drive the program as a user does, by its command line. Where Docker or
// the server is missing they skip and say so. SIGWATCH_ES_URL (a running
// Elasticsearch with a trial licence that may be thrown away) or
// SIGWATCH_ES_IMAGE (an image that serves one on port 9200) puts another
// server in the emulator's place.
package integration
