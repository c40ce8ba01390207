package main

import "marketwarden/reports"

// today is the day on which decisions are shown.
func (a *app) today() reports.Today {
	return reports.Today{Now: a.now(), WarnDays: a.cfg.Waivers.WarnDays}
}
