// Package notices tells providers what people confirmed against them: one digest a
// provider and sweep, made out (compose.go), kept in an outbox and handed to a channel
// once.
//
// # What is told
//
// Records that are open, that people confirmed, whose confirmation still stands
// (cases.Stand) and has not been told yet. Never what a machine found alone, never what
// is waived or dismissed, never what the marketplace itself has to do. Before a notice is
// sent, the pages it rests on are looked at again by a sweep of their own
// (pipeline.Recheck); what was mended meanwhile is dropped, and what could not be looked
// at waits for the next digest.
//
// # Life of a notice
//
//	queued ──▶ sending ──▶ sent
//	  ▲  │        ├──────▶ failed   it certainly was not sent, and trying again is no use
//	  │  ▼        ├──────▶ queued   it certainly was not sent; tried again after a wait
//	 dropped      └──────▶ unknown  nobody knows: a person settles it
//
// The outbox row is written in the transaction of what caused it. A message is stored as
// it will be sent, with a Message-ID that follows from the notice, before it is handed to
// a channel. A process that dies in between leaves a notice in sending; whoever delivers
// next makes it unknown and does not send it: a provider gets no second mail that says
// the same. Of a folder the files may tell more (interrupted.go). One process delivers at
// a time (a session lock).
//
// # What it does not do
//
// It decides nothing, it counts no points, and it reads no page.
package notices

import (
	"time"

	"marketwarden/internal/record"
)

// Digest is what one provider is told at once.
type Digest struct {
	// Reference names the notice to both sides; the provider appeals by it.
	Reference string
	Key       string // of the outbox; the Message-ID is made of it
	Provider  Recipient
	Lang      string    // zh or en
	Date      time.Time // of the notice
	AsOf      time.Time // when the pages were last looked at
	Sweep     int64
	Items     []Item // by listing, then rule; at least one
	// Points are the provider's points so far this natural year; nil where nobody knows.
	Points *int
	// Supersedes is the reference of the notice that could not be sent, "" for a first one.
	Supersedes string
	// Preview marks what is made out to be looked at before it is sent: the pages were not
	// looked at again, and subject and first lines say so.
	Preview bool
}

// Recipient is who is told.
type Recipient struct {
	ID, Name, Email string
}

// Item is one confirmed record in a digest.
type Item struct {
	View     record.View
	Decision record.Decision
	// ListingURL is the address of the listing's detail page on the marketplace, "" when
	// it is not known or the record is about no listing.
	ListingURL string
	// Clause and Deadline are filled in by Compose.
	Clause   string
	Deadline time.Time
}

// Message is a digest made out in one language, ready for a channel.
type Message struct {
	Key, Reference string
	MessageID      string // with angle brackets, as RFC 5322 §3.6.4 has it
	From, ReplyTo  string // addresses with or without a name; "" = none
	To             string // "" = no address that mail can be sent to is on file
	Subject        string
	Date           time.Time
	Text, HTML     string // whole bodies; the HTML is a document that loads nothing
	Lang           string
	// For machines that receive notices (webhook).
	ProviderID string
	Items      []Item
	Deadline   time.Time // the earliest of the items
}
