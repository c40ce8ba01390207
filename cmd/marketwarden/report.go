package main

type reportCmd struct{}

func (c *reportCmd) Run(a *app) error { return usageError("report is under construction") }
