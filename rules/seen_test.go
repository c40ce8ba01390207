package rules_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/record"
	"marketwarden/rules"
)

// TestSeenNext: what counts as a second observation, and what breaks a row.
func TestSeenNext(t *testing.T) {
	t.Parallel()
	problem := func(code string) *record.Reason { return &record.Reason{Code: code} }
	down, robots, wall := problem(record.ReasonUnreachable), problem(record.ReasonRobots), problem(record.ReasonBotWall)
	type visit struct {
		hours   int
		problem *record.Reason
	}
	type row struct {
		State  rules.SeenState
		Since  int // hours
		Nights int
	}
	for name, c := range map[string]struct {
		visits []visit
		want   row
	}{
		"one failure":               {[]visit{{0, down}}, row{rules.SeenDown, 0, 1}},
		"twice in one night":        {[]visit{{0, down}, {11, down}}, row{rules.SeenDown, 0, 1}},
		"twelve hours apart":        {[]visit{{0, down}, {12, problem(record.ReasonErrorStatus)}}, row{rules.SeenDown, 0, 2}},
		"counted from the last":     {[]visit{{0, down}, {8, down}, {16, down}, {24, down}}, row{rules.SeenDown, 0, 2}},
		"answered in between":       {[]visit{{0, down}, {24, nil}, {48, down}}, row{rules.SeenDown, 48, 1}},
		"answers":                   {[]visit{{0, down}, {24, nil}}, row{rules.SeenAnswers, 24, 1}},
		"a file is an answer":       {[]visit{{0, down}, {24, problem(record.ReasonNotHTML)}}, row{rules.SeenAnswers, 24, 1}},
		"three nights forbidden":    {[]visit{{0, robots}, {24, robots}, {48, robots}}, row{rules.SeenForbidden, 0, 3}},
		"down, then forbidden":      {[]visit{{0, down}, {24, robots}}, row{rules.SeenForbidden, 24, 1}},
		"a wall says nothing":       {[]visit{{0, down}, {24, wall}}, row{rules.SeenUnknown, 24, 1}},
		"a clock that went back":    {[]visit{{24, down}, {0, down}}, row{rules.SeenDown, 24, 1}},
		"forbidden long in a night": {[]visit{{0, robots}, {1, robots}, {2, robots}}, row{rules.SeenForbidden, 0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Date(2026, 5, 1, 2, 0, 0, 0, time.UTC)
			var s rules.Seen
			for _, v := range c.visits {
				s = s.Next(start.Add(time.Duration(v.hours)*time.Hour), v.problem)
			}
			got := row{s.State, int(s.Since.Sub(start) / time.Hour), s.Nights}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("row (-want +got):\n%s", diff)
			}
		})
	}
}
