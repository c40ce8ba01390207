package main

import (
	"strings"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/rules"
	"marketwarden/scanners/fetch"
	"marketwarden/scanners/page"
)

// judge asks the rules about inputs. It is for one goroutine.
type judge struct {
	app     *app
	book    *rules.Book
	params  *rules.Params
	profile *market.Profile
	matcher *page.Matcher
	online  bool
	asOf    time.Time
	client  *fetch.Client // made when first needed
}

func newJudge(a *app, c *checkCmd) (*judge, error) {
	j := &judge{app: a, online: c.Online, asOf: a.now().In(market.Shanghai)}
	var err error
	if j.book, err = a.book(); err != nil {
		return nil, err
	}
	if j.params, err = j.book.Params(a.cfg.Params); err != nil {
		return nil, usageError("rule parameters: %w", err)
	}
	if j.profile, err = a.profile(); err != nil {
		return nil, err
	}
	if j.matcher, err = page.NewMatcher(j.profile); err != nil {
		return nil, usageError("market profile %s: %w", a.cfg.Market, err)
	}
	for _, s := range []string{c.URL, c.ListingURL} {
		if _, err := parseURL(s); s != "" && err != nil {
			return nil, usageError("%w", err)
		}
	}
	return j, nil
}

func (j *judge) close() {
	if j.client != nil {
		j.client.Close()
	}
}

func (j *judge) fetcher() (*fetch.Client, error) {
	if j.client == nil {
		var err error
		if j.client, err = j.app.client(); err != nil {
			return nil, err
		}
	}
	return j.client, nil
}

// judged is what the rules answered about one input.
type judged struct {
	name    string
	notes   []record.Text // what the reader must know to read the results rightly
	results []record.Result
	exempt  []rules.Exempted // words that look like a fault and are none
}

func (j *judge) judge(in *input) judged {
	out := judged{name: in.name}
	f := rules.Facts{AsOf: j.asOf, Profile: j.profile, Params: j.params, PageProblem: in.problem, WholeBody: true}
	switch {
	case in.problem != nil:
	case in.as == asText:
		f.Page = textPage(in.text, in.field, in.url)
	default:
		f.Page = j.parse(in)
	}
	if in.as == asSite {
		f.Listing = listingOf(j.profile, in.product, in.listingURL, in.url)
		if in.html == nil && in.problem == nil {
			f.Page, f.PageProblem = nil, &record.Reason{Code: record.ReasonNoInput, Text: record.Text{
				ZH: "纯文本没有链接可供检查", EN: "a text alone has no links to check",
			}}
		}
	} else {
		f.Listing = market.Listing{DetailURL: in.url, Status: market.StatusOnSale}
	}
	if p := f.Page; p != nil && p.Layout.Tried && !p.Layout.Matched {
		missing := strings.Join(p.Layout.Missing, ", ")
		out.notes = append(out.notes, record.Text{
			ZH: "不是已知的商品页版式（缺少 " + missing + "）：整个页面都按服务商的内容检查",
			EN: "not the known layout of a listing page (missing " + missing + "): the whole body is taken for the provider's words",
		})
	}
	if p := f.Page; p != nil && len(p.FramesWanted()) > 0 {
		out.notes = append(out.notes, record.Text{
			ZH: "商品详情在内嵌页面中，未读取（加 --online 读取）",
			EN: "the description stands in a frame that was not read (--online reads it)",
		})
	}
	out.results = j.book.Judge(scopeOf(in.as), &f)
	if scopeOf(in.as) == rules.ScopeListingPage {
		out.exempt = j.book.Exempted(&f)
	}
	if f.Page != nil && len(f.Page.FramesWanted()) > 0 {
		unread(out.results)
	}
	return out
}

// parse extracts a page; with --online its description frames too.
func (j *judge) parse(in *input) *page.Page {
	o := page.Options{}
	if in.url != "" {
		if u, err := parseURL(in.url); err == nil {
			o.URL = u
		}
	}
	if in.as == asListing {
		o.Profile, o.Matcher, o.AsListing = j.profile, j.matcher, true
	}
	p := page.Parse(in.html, o)
	wanted := p.FramesWanted()
	if !j.online || len(wanted) == 0 {
		return p
	}
	client, err := j.fetcher()
	if err != nil {
		return p
	}
	o.Frames = make(map[string][]byte, len(wanted))
	for _, u := range wanted {
		if v := client.Get(j.app.ctx, u, fetch.GetOptions{}); v.Problem == nil {
			o.Frames[u.String()] = v.Body
		}
	}
	return page.Parse(in.html, o)
}

// unread takes back the passes of a page whose description was not read.
func unread(results []record.Result) {
	for i := range results {
		if r := &results[i]; r.Outcome == record.Pass {
			r.Outcome, r.Parts = record.NotChecked, nil
			r.Reason = record.Reason{Code: record.ReasonOffline, Text: record.Text{
				ZH: "没有读取内嵌的商品详情", EN: "the description in a frame was not read",
			}}
		}
	}
}

// textPage makes a page of a text as given: one block a line, offsets unchanged.
func textPage(text, field, address string) *page.Page {
	if field == "" {
		field = "detail"
	}
	p := &page.Page{Text: text}
	if address != "" {
		if u, err := weburl.Parse(address); err == nil {
			p.URL, p.Base = u, u
		}
	}
	at := 0
	for line := range strings.Lines(text) {
		end := at + len(strings.TrimRight(line, "\r\n"))
		if end > at {
			p.Blocks = append(p.Blocks, page.Block{Start: at, End: end, Field: field, Tag: "p"})
		}
		at += len(line)
	}
	return p
}
