package market

import (
	"fmt"
	"strings"
)

// bindColumns finds each target column in the header.
func (r *FeedReader) bindColumns(m *FeedMap, line int) error {
	used := make([]bool, len(r.header))
	find := func(name string, exact bool) (int, error) {
		at := -1
		for i, h := range r.header {
			if h != name && (exact || !strings.EqualFold(h, name)) {
				continue
			}
			if at >= 0 {
				return -1, r.fatal(FeedProblem{Line: max(line, 1), Column: name, Reason: "the column is there twice"})
			}
			at = i
		}
		if at >= 0 {
			used[at] = true
		}
		return at, nil
	}
	missing := func(name, why string) error {
		return r.fatal(FeedProblem{Line: max(line, 1), Column: name, Reason: why + " is missing; the file has " + listNames(r.header)})
	}
	r.bind = make([]binding, len(r.columns))
	for i, c := range r.columns {
		b := &r.bind[i]
		spec, mapped := m.Columns[c.name]
		b.FeedColumn, b.name = spec, c.name
		if b.Zone == nil {
			b.Zone = Shanghai
		}
		if !mapped {
			at, err := find(c.name, false)
			if err != nil {
				return err
			}
			if at >= 0 {
				b.from, b.bound = []int{at}, true
			} else if c.required {
				return missing(c.name, "the required column")
			}
			continue
		}
		b.bound = true
		if len(spec.From) > 0 {
			b.name = strings.Join(spec.From, "+")
		}
		for _, n := range spec.From {
			at, err := find(n, true)
			if err != nil {
				return err
			}
			if at < 0 {
				return missing(n, "the column that the map names for "+c.name)
			}
			b.from = append(b.from, at)
		}
		if spec.Times != "" {
			at, err := find(spec.Times, true)
			if err != nil {
				return err
			}
			if at < 0 {
				return missing(spec.Times, "the column that the map multiplies "+c.name+" by")
			}
			b.times = at
		}
	}
	r.auto = r.kind == FeedOrders && r.bind[colLineNo].Auto
	for i, h := range r.header {
		if !used[i] && h != "" && len(r.ignored) < maxIgnored {
			r.ignored = append(r.ignored, h)
		}
	}
	return nil
}

func listNames(names []string) string {
	const most = 30
	var b strings.Builder
	for i, n := range names {
		if i == most {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", bound(n))
	}
	if len(names) == 0 {
		return "no columns"
	}
	return b.String()
}
