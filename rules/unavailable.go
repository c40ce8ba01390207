package rules

import (
	"strconv"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// nightsDown is how many observations that failed, SeenApart or more apart, make an
// address unavailable (rulebook: site-unavailable, deliverable-unavailable).
const nightsDown = 2

// IsDown reports whether the address failed often enough, and still does, to be called
// unavailable.
func (s *Seen) IsDown() bool { return s != nil && s.State == SeenDown && s.Nights >= nightsDown }

// unavailable judges whether the address that f.Seen is about answers: by two failed
// observations twelve hours apart, never by one.
func unavailable(f *Facts, part, discriminator, address string, expected record.Text) record.Result {
	s := f.Seen
	switch {
	case s == nil:
		return notChecked(record.ReasonOffline, "没有访问该地址，也没有以往的访问记录", "the address was not visited, and no earlier visits are known")
	case s.State == SeenAnswers:
		return pass(part)
	case s.State != SeenDown:
		return unchecked(s.Reason)
	case !s.IsDown():
		return notChecked(record.ReasonSeenOnce,
			"本次访问失败（"+s.Reason.Text.ZH+"），须相隔至少 12 小时的第二次访问也失败才作判断",
			"this visit failed ("+s.Reason.Text.EN+"); only when a second one, twelve hours or more apart, fails too is it judged")
	}
	return accuse(part, record.Finding{
		Outcome: record.Violation, Discriminator: discriminator, Part: part,
		Expected: expected,
		Found:    s.Reason.Text,
		Reason:   s.row(),
		Occurrences: []record.Occurrence{{
			URL: address, Snippet: address, Mark: [2]int{0, len(address)},
		}},
	})
}

// row tells the row of observations for people.
func (s *Seen) row() record.Text {
	since, n := s.Since.In(market.Shanghai).Format("2006-01-02 15:04"), strconv.Itoa(s.Nights)
	hours := strconv.Itoa(int(SeenApart / time.Hour))
	return record.Text{
		ZH: "自 " + since + "（北京时间）起连续 " + n + " 次未能访问，每次相隔至少 " + hours + " 小时",
		EN: n + " visits in a row did not get through, " + hours + " hours or more apart, since " + since + " (Shanghai)",
	}
}

// answersPart is the part of whether an address on file answers.
func answersPart(f *Facts, address string) string {
	return record.PartAddress(canonicalAddress(f, address))
}
