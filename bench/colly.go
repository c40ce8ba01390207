package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gocolly/colly/v2"
	"github.com/gocolly/colly/v2/queue"
)

type collyCmd struct {
	Addr string `arg:"" help:"The server's address:port."`
	File string `arg:"" help:"Addresses, one a line." type:"existingfile"`
}

// Run visits every address with colly as its documentation shows it: a queue with as many
// consumers as there are visitors, and a callback that gets goquery's selection. Its
// transport is that of the bare loop, because the default one keeps two connections a
// host and would spend its time on opening new ones.
func (c *collyCmd) Run(ctx context.Context) error {
	col := colly.NewCollector(colly.StdlibContext(ctx))
	col.WithTransport(transport(c.Addr))
	var mu sync.Mutex
	var failed error
	var good goodPages
	col.OnHTML("html", func(e *colly.HTMLElement) {
		title := e.DOM.Find("title").Text()
		mu.Lock()
		defer mu.Unlock()
		good.add(title != "")
	})
	col.OnError(func(r *colly.Response, err error) {
		mu.Lock()
		defer mu.Unlock()
		if r.StatusCode == 0 {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", r.Request.URL, err))
		}
		good.add(false)
	})
	q, err := queue.New(visitors, &queue.InMemoryQueueStorage{MaxSize: 1 << 20})
	if err != nil {
		return fmt.Errorf("make colly's queue: %w", err)
	}
	if err := eachLine(c.File, q.AddURL); err != nil {
		return fmt.Errorf("fill colly's queue: %w", err)
	}
	if err := q.Run(col); err != nil {
		return fmt.Errorf("run colly: %w", err)
	}
	return errors.Join(failed, good.check())
}
