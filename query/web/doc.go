// Package web is the first page: one search box, what it found, when it
// happened, and who accessed what. It is plain files, embedded: no build step,
// nothing loaded from elsewhere, no inline script or style, so that the content
// security policy can forbid all of that. It knows only the HTTP API.
package web
