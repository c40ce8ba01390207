package main

type sweepCmd struct{}

func (c *sweepCmd) Run(a *app) error { return usageError("sweep is under construction") }
