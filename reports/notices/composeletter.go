package notices

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/safetext"
)

// The two templates show the same letter.
var (
	//go:embed templates/notice.gotxt
	textSource string
	//go:embed templates/notice.gohtml
	htmlSource string
)

// Bounds of foreign texts, in characters.
const (
	maxID      = 64
	maxTitle   = 100
	maxURL     = 300
	maxElement = 160
	maxMarked  = 200
	maxWords   = 400
	maxHashes  = 3 // of evidence
)

// letter is a notice in words, as the templates show it. All of it is inert text.
type letter struct {
	Lang, Title string
	Head        []row
	Opening     []string
	Items       string // heading of the groups
	Groups      []group
	Sections    []section
	Closing     []string
	Words       labels
}

// labels are the words that the templates put between others.
type labels struct{ Colon, Head, Open, Close string }

type row struct {
	Label, Value string
	Places       []place
	More         string // how many places are left out
	Strong       bool
}

// group is a listing with its items, or (in the shortest letters) a rule with its listings.
type group struct {
	Title string
	Rows  []row
	Items []entry
}

type entry struct {
	N       int
	Heading string
	Rows    []row
}

// place is where something was found, with the words around it.
type place struct{ Before, Marked, After, At string }

type section struct {
	Title string
	Lines []string
}

// detail is how much a letter tells of each item.
type detail struct {
	places int  // at most so many of each item
	around int  // characters before and after the words that are marked
	short  bool // the essential rows alone
	line   bool // one line an item
	byRule bool // the listings of each rule, by id
	least  int  // bytes that an item takes at least, so that no letter is set in vain
}

// details are tried from the first to the last until the bodies fit.
func details() []detail {
	return []detail{
		{places: record.MaxOccurrences, around: 120, least: 800},
		{places: 5, around: 80, least: 800},
		{places: 1, around: 60, least: 800},
		{short: true, least: 250},
		{line: true, least: 60},
		{byRule: true, least: 4},
	}
}

// bodies sets the letter, with as much detail as fits.
func (c *composer) bodies() (text, html string, err error) {
	tt, err := texttemplate.New("text").Parse(textSource)
	if err != nil {
		return "", "", fmt.Errorf("parse the text template: %w", err)
	}
	ht, err := htmltemplate.New("html").Parse(htmlSource)
	if err != nil {
		return "", "", fmt.Errorf("parse the HTML template: %w", err)
	}
	for _, how := range details() {
		if len(c.items)*how.least > MaxBody {
			continue
		}
		l := c.letter(how)
		var t, h body
		err := errors.Join(tt.Execute(&t, l), ht.Execute(&h, l))
		switch {
		case errors.Is(err, errFull): // with less detail, then
		case err != nil:
			return "", "", fmt.Errorf("set the letter: %w", err)
		default:
			return t.String(), h.String(), nil
		}
	}
	return "", "", fmt.Errorf("%w: %d", ErrTooLarge, len(c.items))
}

// errFull says that a body would become longer than MaxBody.
var errFull = errors.New("the body is full")

// body is a bounded buffer.
type body struct{ strings.Builder }

// Write refuses what does not fit any more.
func (b *body) Write(p []byte) (int, error) {
	if b.Len()+len(p) > MaxBody {
		return 0, errFull
	}
	return b.Builder.Write(p)
}

func (c *composer) letter(how detail) *letter {
	l := &letter{
		Lang: language(c.lang), Title: c.say(c.t.title), Items: c.say(c.t.items),
		Head: []row{
			{Label: c.say(c.t.reference), Value: foreign(c.d.Reference, maxID)},
			{Label: c.say(c.t.date), Value: c.moment(c.d.Date)},
			{Label: c.say(c.t.provider), Value: c.named(c.d.Provider.Name, c.d.Provider.ID)},
		},
		Opening: []string{c.say(c.t.greeting), c.say(c.t.opening, c.market(), len(c.items))},
		Words:   labels{Colon: c.say(c.t.colon), Head: strings.TrimSpace(c.say(c.t.colon)), Open: c.say(c.t.open), Close: c.say(c.t.close)},
	}
	if c.d.Preview {
		l.Opening = append([]string{c.say(c.t.previewText)}, l.Opening...)
	}
	if !c.d.AsOf.IsZero() {
		l.Head = append(l.Head, row{Label: c.say(c.t.asOf), Value: c.moment(c.d.AsOf)})
		l.Opening = append(l.Opening, c.say(c.t.before, c.moment(c.d.AsOf)))
	}
	if c.d.Supersedes != "" {
		l.Opening = append(l.Opening, c.say(c.t.supersedes, foreign(c.d.Supersedes, maxID)))
	}
	if how.short || how.line || how.byRule {
		l.Opening = append(l.Opening, c.say(c.t.shortened))
	}
	if how.byRule {
		l.Groups = c.byRule()
	} else {
		l.Groups = c.byListing(how)
	}
	if how.line {
		l.Sections = []section{c.mending()}
	}
	l.Sections = append(l.Sections, c.sections()...)
	l.Closing = []string{foreign(cmp.Or(c.o.Config.Sender, c.o.Market.In(c.lang)), maxTitle), c.now.Format(time.DateOnly)}
	return l
}

// sections are what stands after the items.
func (c *composer) sections() []section {
	out := []section{{c.say(c.t.days), []string{c.say(c.t.daysText)}}}
	if years := c.unknownYears(); len(years) > 0 {
		out[0].Lines = append(out[0].Lines, c.say(c.t.daysUnknown, strings.Join(years, c.say(c.t.and))))
	}
	if p := c.d.Points; p != nil {
		next := c.say(c.t.pointsReached, pointsLimit)
		if *p < pointsLimit {
			next = c.say(c.t.pointsOpen, pointsLimit, pointsLimit-*p)
		}
		out = append(out, section{c.say(c.t.points), []string{c.say(c.t.pointsText, c.now.Year(), *p), next}})
	}
	var where string
	contact, sender := foreign(c.contact(), maxURL), foreign(c.o.Config.Sender, maxTitle)
	switch {
	case c.o.Config.Appeal != "":
		where = foreign(c.o.Config.Appeal, maxWords)
	case contact != "":
		where = c.say(c.t.appealReply, contact)
	default:
		where = c.say(c.t.appealSupport, c.market())
	}
	reach := c.say(c.t.contactNone, c.market())
	switch {
	case contact != "" && sender != "":
		reach = c.say(c.t.contactText, sender, contact)
	case contact != "":
		reach = contact
	}
	return append(out,
		section{c.say(c.t.appeal), []string{
			c.say(c.t.appealBy, c.say(c.t.deadlineText, lastDay(c.appealBy()), c.appealDays())),
			c.say(c.t.appealAt, where),
			c.say(c.t.appealWith, foreign(c.d.Reference, maxID)),
		}},
		section{c.say(c.t.contact), []string{reach}},
		section{c.say(c.t.notes), []string{c.say(c.t.incomplete), c.say(c.t.automated)}},
	)
}

// moment is a time of day for people, in Shanghai.
func (c *composer) moment(t time.Time) string {
	return c.say(c.t.moment, stamp(t))
}

func stamp(t time.Time) string { return t.In(market.Shanghai).Format("2006-01-02 15:04") }

// sentence is a text of the rulebook.
func (c *composer) sentence(t record.Text) string { return sentence(t.In(c.lang)) }

// named is a name with its identifier, or the identifier alone.
func (c *composer) named(name, id string) string {
	name, id = foreign(name, maxTitle), foreign(id, maxID)
	if name == "" || id == "" {
		return name + id
	}
	return c.say(c.t.withID, name, id)
}

// foreign is a text of somebody else's: at most n characters of it, inert, on one line.
func foreign(s string, n int) string { return strings.TrimSpace(safetext.Line(cut(s, n))) }

// inert is a text of a finding, which may hold words of somebody else's.
func inert(t record.Text) record.Text {
	return record.Text{ZH: foreign(t.ZH, maxWords), EN: foreign(t.EN, maxWords)}
}

// cut shortens s to n characters and says so with an ellipsis.
func cut(s string, n int) string {
	if len(s) <= n { // bytes are never fewer than characters
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}

// tail is the last n characters of s, with an ellipsis where some are left out.
func tail(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return "…" + string(r[len(r)-n:])
	}
	return s
}
