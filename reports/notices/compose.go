package notices

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/safetext"
	"marketwarden/rules"
)

// Options are what notices are made out by.
type Options struct {
	Book     *rules.Book
	Config   config.Notices
	Calendar market.WorkCalendar
	Market   record.Text // the marketplace's name; see MarketName
}

// MaxBody bounds each body of a message, in bytes.
const MaxBody = 512 << 10

// ErrTooLarge says that a digest has more items than a message of MaxBody can name (some
// ten thousand). It is told in several.
var ErrTooLarge = errors.New("more items than one notice can name")

// pointsLimit is the number of points in a natural year with which a provider has to leave
// (articles 20 and 24(4) of the norms).
const pointsLimit = 24

// mendDaysElse is how many working days there are to mend where the configuration names
// no number for the severity: the longest of its defaults, in the provider's favour.
const mendDaysElse = 10

// appealDaysElse is how many working days there are to appeal where none are configured.
const appealDaysElse = 5

// maxSubject bounds subjects, in characters.
const maxSubject = 180

// Compose makes out a digest in its language. It is pure: the same digest and options give
// the same message.
//
// It insists on what must never go wrong and says so in an error, which is the caller's
// fault: every item is an open record of this provider that was confirmed, and of a rule
// that is the provider's business. Foreign text in the message is inert and bounded; what
// does not fit into MaxBody is left out by and by, the places first, until every item is
// still named. A recipient without a usable address is no error here: To stays empty.
func Compose(d *Digest, o Options) (*Message, error) {
	c := &composer{d: d, o: &o, t: words(), lang: "zh", now: d.Date.In(market.Shanghai)}
	if d.Lang == "en" {
		c.lang = "en"
	}
	if err := c.take(); err != nil {
		return nil, fmt.Errorf("compose notice %s: %w", d.Reference, err)
	}
	m := &Message{
		Key: d.Key, Reference: d.Reference, Date: d.Date, Lang: c.lang,
		ProviderID: d.Provider.ID, Deadline: c.first,
	}
	if err := c.address(m); err != nil {
		return nil, fmt.Errorf("compose notice %s: %w", d.Reference, err)
	}
	m.MessageID = MessageID(d.Key, m.From)
	words := c.t.subject
	if c.severalDeadlines() {
		words = c.t.subjectFirst
	}
	subject := c.say(words, d.Reference, c.market(), lastDay(c.first), len(c.items))
	if d.Preview {
		subject = c.say(c.t.preview) + subject
	}
	m.Subject = cut(safetext.Line(subject), maxSubject)
	m.Items = make([]Item, len(c.items))
	for i, it := range c.items {
		m.Items[i] = *it.Item
		m.Items[i].Clause, m.Items[i].Deadline = it.rule.Clause, it.deadline
	}
	var err error
	if m.Text, m.HTML, err = c.bodies(); err != nil {
		return nil, fmt.Errorf("compose notice %s: %w", d.Reference, err)
	}
	return m, nil
}

// MarketName is what a marketplace is called in notices: the first of the profile's names
// that says that it is a market, or else the first.
func MarketName(p *market.Profile) record.Text {
	name := func(names []string, word string) string {
		for _, n := range names {
			if strings.Contains(n, word) {
				return n
			}
		}
		return strings.Join(names[:min(1, len(names))], "")
	}
	zh, en := name(p.NamesZH, "市场"), name(p.NamesEN, "Market")
	return record.Text{ZH: cmp.Or(zh, en, p.ID), EN: cmp.Or(en, zh, p.ID)}
}

// composer makes out one message.
type composer struct {
	d    *Digest
	o    *Options
	t    *texts
	lang string
	now  time.Time // of the notice, in Shanghai

	items []item
	first time.Time // the earliest deadline to mend
	last  time.Time // the latest deadline named, that to appeal included
}

// item is an item with what its rule says.
type item struct {
	*Item // the digest's, not changed

	rule     *rules.Meta
	mend     record.Text // the finding's own, or else the rule's
	action   record.Text // the same
	listing  string      // id, "" for the provider as a whole
	days     int         // working days to mend
	deadline time.Time
}

// take checks and orders the items, each record once, and sets their deadlines.
func (c *composer) take() error {
	seen := make(map[string]bool, len(c.d.Items))
	c.items = make([]item, 0, len(c.d.Items))
	for i := range c.d.Items {
		it := item{Item: &c.d.Items[i]}
		v := &it.View
		if err := c.check(v, &it.Decision); err != nil {
			return fmt.Errorf("record %s: %w", cut(v.Fingerprint, 64), err)
		}
		if seen[v.Fingerprint] {
			continue
		}
		seen[v.Fingerprint] = true
		rule, _ := c.o.Book.ByID(v.Finding.Rule) // check has it
		it.rule = &rule.Meta
		it.mend, it.action = cmp.Or(inert(v.Finding.Mend), rule.Mend), cmp.Or(inert(v.Finding.Action), rule.Action)
		it.listing = v.Finding.Subject.ListingID
		if v.Finding.Subject.Kind == record.SubjectListing {
			it.listing = cmp.Or(it.listing, v.Finding.Subject.ID)
		}
		it.days = cmp.Or(c.o.Config.MendDays[string(it.rule.Severity)], mendDaysElse)
		it.deadline = c.o.Calendar.After(c.now, it.days)
		c.items = append(c.items, it)
	}
	if len(c.items) == 0 {
		return errors.New("no items")
	}
	slices.SortStableFunc(c.items, func(a, b item) int {
		return cmp.Or(cmp.Compare(a.listing, b.listing), cmp.Compare(a.rule.ID, b.rule.ID), cmp.Compare(a.View.Fingerprint, b.View.Fingerprint))
	})
	byDeadline := func(a, b item) int { return a.deadline.Compare(b.deadline) }
	c.first = slices.MinFunc(c.items, byDeadline).deadline
	c.last = slices.MaxFunc(c.items, byDeadline).deadline
	if a := c.appealBy(); a.After(c.last) {
		c.last = a
	}
	return nil
}

// check refuses what must not be told.
func (c *composer) check(v *record.View, decision *record.Decision) error {
	rule, ok := c.o.Book.ByID(v.Finding.Rule)
	switch {
	case !ok:
		return fmt.Errorf("there is no rule %q", v.Finding.Rule)
	case rule.PlatformSide:
		return fmt.Errorf("rule %s is the marketplace's own business", rule.ID)
	case v.Finding.Subject.ProviderID != c.d.Provider.ID:
		return errors.New("it is another provider's")
	case v.Status != record.Open:
		return fmt.Errorf("it is %s", v.Status)
	case decision.Kind != record.Confirm:
		return errors.New("nobody confirmed it")
	}
	return nil
}

// address fills in who writes to whom.
func (c *composer) address(m *Message) error {
	if from := c.o.Config.From; from != "" {
		a, err := address(from)
		if err != nil {
			return fmt.Errorf("sender %q: %w", from, err)
		}
		a.Name = displayName(cmp.Or(a.Name, c.o.Config.Sender))
		m.From = a.String()
	}
	if reply := c.o.Config.ReplyTo; reply != "" {
		a, err := address(reply)
		if err != nil {
			return fmt.Errorf("reply address %q: %w", reply, err)
		}
		a.Name = displayName(a.Name)
		m.ReplyTo = a.String()
	}
	if to, err := c.d.Provider.Address(); err == nil {
		m.To = to
	}
	return nil
}

// contact is the bare address that takes answers, "" when there is none.
func (c *composer) contact() string {
	a, err := mail.ParseAddress(cmp.Or(c.o.Config.ReplyTo, c.o.Config.From))
	if err != nil {
		return ""
	}
	return a.Address
}

// severalDeadlines reports whether the items have not all the same deadline to mend.
func (c *composer) severalDeadlines() bool {
	return slices.ContainsFunc(c.items, func(it item) bool { return !it.deadline.Equal(c.first) })
}

// appealBy is when the time to appeal is over.
func (c *composer) appealBy() time.Time { return c.o.Calendar.After(c.now, c.appealDays()) }

// appealDays is how many working days there are to appeal.
func (c *composer) appealDays() int { return cmp.Or(c.o.Config.AppealDays, appealDaysElse) }

// say is one of our own texts; foreign arguments have to be inert.
func (c *composer) say(t record.Text, args ...any) string {
	if len(args) == 0 {
		return t.In(c.lang)
	}
	return fmt.Sprintf(t.In(c.lang), args...)
}

func (c *composer) market() string { return foreign(c.o.Market.In(c.lang), maxTitle) }

// unknownYears are the years whose holidays the calendar does not all know and that a deadline
// runs through.
func (c *composer) unknownYears() []string {
	var out []string
	end := c.last.Add(-time.Second).Year()
	for y := c.now.Year(); y <= end; y++ {
		if day := time.Date(y, 7, 1, 0, 0, 0, 0, market.Shanghai); !c.o.Calendar.Knows(day) {
			out = append(out, day.Format("2006"))
		}
	}
	return out
}

// lastDay is the last day before a deadline, which is the midnight after it.
func lastDay(deadline time.Time) string {
	return deadline.Add(-time.Second).In(market.Shanghai).Format(time.DateOnly)
}
