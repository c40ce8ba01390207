package market

import (
	"errors"
	"math"
	"strings"
	"time"
)

// errTime and its neighbours are the reasons a value is refused; they are texts, shown
// with file, line, column and value around them.
var (
	errTime     = errors.New("not a time such as 2026-01-31 15:04:05")
	errNoDay    = errors.New("no such day or time of day")
	errYear     = errors.New("year outside 1970 to 2199")
	errNumber   = errors.New("not a number")
	errInteger  = errors.New("not a whole number")
	errNegative = errors.New("must not be negative")
	errTooLarge = errors.New("too large")
	errFen      = errors.New("finer than a fen")
)

// ParseFeedTime reads a date with or without time of day: 2026-01-31, 2026/1/31,
// 2026.1.31, 2026年1月31日 or 20260131, then optionally a blank or T and 15:04, 15:04:05
// or 15:04:05.999, then optionally Z, +08:00 or +0800. Without zone it is in loc.
func ParseFeedTime(s string, loc *time.Location) (time.Time, error) {
	var zero time.Time
	p := scanner{s: s}
	year, n := p.digits(8)
	var month, day int
	switch n {
	case 8:
		year, month, day = year/10000, year/100%100, year%100
	case 4:
		sep, end := p.dateSeparator()
		if sep == "" {
			return zero, errTime
		}
		if month, n = p.digits(2); n == 0 {
			return zero, errTime
		}
		if sep == "年" {
			sep = "月"
		}
		if !p.take(sep) {
			return zero, errTime
		}
		if day, n = p.digits(2); n == 0 || !p.take(end) {
			return zero, errTime
		}
	default:
		return zero, errTime
	}
	var hour, minute, sec, nsec int
	if p.i < len(s) {
		if !p.take("T") && !p.take(" ") {
			return zero, errTime
		}
		for p.take(" ") {
		}
		if hour, n = p.digits(2); n == 0 || !p.take(":") {
			return zero, errTime
		}
		if minute, n = p.digits(2); n != 2 {
			return zero, errTime
		}
		if p.take(":") {
			if sec, n = p.digits(2); n != 2 {
				return zero, errTime
			}
			if p.take(".") || p.take(",") {
				if nsec, n = p.digits(9); n == 0 {
					return zero, errTime
				}
				for ; n < 9; n++ {
					nsec *= 10
				}
			}
		}
		var err error
		if loc, err = p.zone(loc); err != nil {
			return zero, err
		}
	}
	if p.i != len(s) {
		return zero, errTime
	}
	if year < 1970 || year > 2199 {
		return zero, errYear
	}
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || sec > 59 {
		return zero, errNoDay
	}
	return time.Date(year, time.Month(month), day, hour, minute, sec, nsec, loc), nil
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// scanner steps through a short value.
type scanner struct {
	s string
	i int
}

// digits reads at most limit digits and says how many there were.
func (p *scanner) digits(limit int) (v, n int) {
	for n < limit && p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		v = v*10 + int(p.s[p.i]-'0')
		p.i++
		n++
	}
	return v, n
}

// take steps over t if it is next.
func (p *scanner) take(t string) bool {
	if strings.HasPrefix(p.s[p.i:], t) {
		p.i += len(t)
		return true
	}
	return false
}

// dateSeparator steps over what follows the year and says what must follow the day.
func (p *scanner) dateSeparator() (sep, end string) {
	for _, sep := range [...]string{"-", "/", ".", "年"} {
		if p.take(sep) {
			if sep == "年" {
				return sep, "日"
			}
			return sep, ""
		}
	}
	return "", ""
}

// zone reads what may follow a time of day.
func (p *scanner) zone(loc *time.Location) (*time.Location, error) {
	for p.take(" ") {
	}
	if p.i == len(p.s) {
		return loc, nil
	}
	if p.take("Z") {
		return time.UTC, nil
	}
	sign := 1
	if p.take("-") {
		sign = -1
	} else if !p.take("+") {
		return nil, errTime
	}
	h, n := p.digits(2)
	if n != 2 {
		return nil, errTime
	}
	m := 0
	if p.take(":") || p.i < len(p.s) {
		if m, n = p.digits(2); n != 2 {
			return nil, errTime
		}
	}
	if h > 15 || m > 59 {
		return nil, errNoDay
	}
	if sign == 1 && h == 8 && m == 0 {
		return Shanghai, nil
	}
	return time.FixedZone("", sign*(h*3600+m*60)), nil
}

// numberFormat says which characters part a number; the zero value takes 1234.56.
type numberFormat struct {
	decimal byte // 0 = '.'
	group   byte // between thousands; 0 = not allowed
}

// parseNumberFormat reads a format as map files write it: how 1234.56 is written.
func parseNumberFormat(s string) (numberFormat, bool) {
	switch s {
	case "1234.56":
		return numberFormat{decimal: '.'}, true
	case "1,234.56":
		return numberFormat{decimal: '.', group: ','}, true
	case "1234,56":
		return numberFormat{decimal: ','}, true
	case "1.234,56":
		return numberFormat{decimal: ',', group: '.'}, true
	case "1 234,56":
		return numberFormat{decimal: ',', group: ' '}, true
	}
	return numberFormat{}, false
}

// fixed reads a decimal number as a whole number of 10^-places, exactly. More decimals
// than places must be zeros. Group separators must part thousands.
func (f numberFormat) fixed(s string, places int) (int64, error) {
	decimal := f.decimal
	if decimal == 0 {
		decimal = '.'
	}
	if strings.HasPrefix(s, "-") {
		if v, err := f.fixed(s[1:], places); err != nil || v != 0 {
			if err == nil {
				err = errNegative
			}
			return 0, err
		}
		return 0, nil
	}
	const limit = math.MaxInt64 / 1000
	var v int64
	whole, run, i := 0, 0, 0
	grouped := false
	for ; i < len(s) && s[i] != decimal; i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			if v > limit {
				return 0, errTooLarge
			}
			v = v*10 + int64(c-'0')
			whole++
			run++
		case f.group != 0 && c == f.group:
			if run == 0 || run > 3 || (grouped && run != 3) {
				return 0, errNumber
			}
			grouped, run = true, 0
		default:
			return 0, errNumber
		}
	}
	if whole == 0 || (grouped && run != 3) {
		return 0, errNumber
	}
	left := places
	if i < len(s) {
		i++
		if i == len(s) {
			return 0, errNumber
		}
		for ; i < len(s); i++ {
			c := s[i]
			if c < '0' || c > '9' {
				return 0, errNumber
			}
			if left == 0 {
				if c != '0' {
					if places == 0 {
						return 0, errInteger
					}
					return 0, errFen
				}
				continue
			}
			if v > limit {
				return 0, errTooLarge
			}
			v = v*10 + int64(c-'0')
			left--
		}
	}
	for ; left > 0; left-- {
		if v > limit {
			return 0, errTooLarge
		}
		v *= 10
	}
	return v, nil
}

// parseMoney reads an amount in yuan, such as 12.5 or ¥12.50, exactly. It refuses negative
// amounts and fractions of a fen.
func parseMoney(s string, f numberFormat, places int) (Fen, error) {
	for _, sign := range [...]string{"¥", "￥"} {
		if rest, ok := strings.CutPrefix(s, sign); ok {
			s = strings.TrimLeft(rest, " ")
			break
		}
	}
	v, err := f.fixed(s, places)
	if err != nil && places == 2 && errors.Is(err, errNumber) {
		err = errors.New("not an amount such as 12.50")
	}
	return Fen(v), err
}

// splitList splits a value that holds several, at ; ； | or 、
func splitList(s string) []string {
	var out []string
	for _, v := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '；' || r == '|' || r == '、' }) {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}
